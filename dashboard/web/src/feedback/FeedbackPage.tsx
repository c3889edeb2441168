import { Button, Skeleton } from "@mantine/core";
import { IconMessageOff } from "@tabler/icons-react";
import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, unwrap } from "../api/client";
import { Empty } from "../common/Empty";
import { ErrorNote } from "../common/ErrorNote";
import { Page } from "../common/Page";
import { Section } from "../common/Section";
import { Said } from "./Said";

const feedbackOptions = (slug: string) =>
  infiniteQueryOptions({
    queryKey: ["feedback", slug],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        api.GET("/api/v1/projects/{slug}/feedback", {
          params: { path: { slug }, query: { cursor: pageParam, limit: 50 } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });

/** What users said, newest first. */
export function FeedbackPage(): ReactNode {
  const { slug } = useParams({ from: "/app/projects/$slug/feedback" });
  const said = useInfiniteQuery(feedbackOptions(slug));
  const entries = said.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title="Feedback">
      {said.isError && <ErrorNote what="The feedback does not load" error={said.error} retry={said.refetch} />}
      {said.isPending && <Skeleton h={240} />}
      {said.data && entries.length === 0 && (
        <Empty icon={IconMessageOff} title="Nobody has said anything yet">
          Sentry&apos;s SDKs send it: the feedback widget of the browser SDK, or <code>capture_feedback</code> with the
          id of an event.
        </Empty>
      )}
      {entries.length > 0 && (
        <Section title="What users said" says="Newest first, with the issue where it is about an event.">
          <ul aria-label="Feedback" style={{ listStyle: "none", margin: 0, padding: 0 }}>
            {entries.map((entry) => (
              <Said key={entry.id} entry={entry} linkTo="issue" />
            ))}
          </ul>
          {said.hasNextPage && (
            <Button variant="default" loading={said.isFetchingNextPage} onClick={() => void said.fetchNextPage()}>
              Show more
            </Button>
          )}
        </Section>
      )}
    </Page>
  );
}
