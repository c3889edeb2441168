// Issues that look alike, and what they share: a hint, nothing is merged.
import { Skeleton, Text } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, unwrap } from "../../api/client";
import { ErrorNote } from "../../common/ErrorNote";
import classes from "../issue.module.css";
import { FoldSection } from "./FoldSection";

const similarOptions = (issueId: string) =>
  queryOptions({
    queryKey: ["issue-similar", issueId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/issues/{issue_id}/similar", { params: { path: { issue_id: issueId } }, signal })),
    staleTime: 60_000,
  });

export function Similar({ issueId }: { readonly issueId: string }) {
  return (
    <FoldSection name="similar" title="Similar issues" open={false}>
      <Found issueId={issueId} />
    </FoldSection>
  );
}

function Found({ issueId }: { readonly issueId: string }) {
  const found = useQuery(similarOptions(issueId));
  if (found.isPending) return <Skeleton height={60} />;
  if (found.isError)
    return <ErrorNote what="Similar issues are not shown" error={found.error} retry={() => void found.refetch()} />;
  if (found.data.length === 0)
    return (
      <Text size="sm" c="dimmed">
        None looks like this one.
      </Text>
    );
  return (
    <ol className={classes["activity"]}>
      {found.data.map(({ issue, score, why }) => (
        <li key={issue.id}>
          <Link to="/issues/$issueId" params={{ issueId: issue.id }} className={classes["breakable"] ?? ""}>
            {issue.short_id} {issue.title.slice(0, 120)}
          </Link>
          <Text size="xs" c="dimmed">
            {Math.round(score * 100)} % alike: {why} · {issue.status}
          </Text>
        </li>
      ))}
    </ol>
  );
}
