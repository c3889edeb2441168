// The issue's events, newest first, a page at a time, with a search among them.
import { Button, Skeleton, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Ago } from "../../common/Ago";
import { ErrorNote } from "../../common/ErrorNote";
import { eventsOptions } from "../data/queries";
import eventClasses from "./event.module.css";
import classes from "../issue.module.css";
import { FoldSection } from "../side/FoldSection";
import type { EventRow } from "../types";

interface Props {
  readonly issueId: string;
  readonly shownId: string;
}

export function EventList(props: Props) {
  return (
    <FoldSection name="events" title="Events" open={false}>
      <Events {...props} />
    </FoldSection>
  );
}

function Events({ issueId, shownId }: Props) {
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed.trim(), 300);
  const events = useInfiniteQuery(eventsOptions(issueId, query));
  const rows = events.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <TextInput
        size="xs"
        mb="xs"
        label="Search these events"
        placeholder='words, "phrases", release:, environment:, level:'
        value={typed}
        onChange={(change) => setTyped(change.currentTarget.value)}
      />
      {events.isError && (
        <ErrorNote what="Events are not listed" error={events.error} retry={() => void events.refetch()} />
      )}
      {events.isPending && <Skeleton height={120} />}
      {events.isSuccess && rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {query ? "No event of this issue matches." : "No event of this issue is kept any more."}
        </Text>
      )}
      {!events.isError && rows.length > 0 && <Rows issueId={issueId} shownId={shownId} rows={rows} />}
      {events.hasNextPage && (
        <Button
          size="xs"
          variant="default"
          mt="xs"
          loading={events.isFetchingNextPage}
          onClick={() => void events.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </>
  );
}

function Rows({ issueId, shownId, rows }: Props & { readonly rows: readonly EventRow[] }) {
  return (
    <table className={eventClasses["events"]}>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Event</th>
          <th scope="col" className={eventClasses["wide"]}>
            Release
          </th>
          <th scope="col" className={eventClasses["wide"]}>
            Environment
          </th>
          <th scope="col" className={eventClasses["wide"]}>
            User
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.event_id} aria-current={row.event_id === shownId || undefined}>
            <td>
              <Ago at={row.occurred_at} short />
            </td>
            <td>
              <Link
                to="/issues/$issueId/events/$eventId"
                params={{ issueId, eventId: row.event_id }}
                className={classes["link"]}
              >
                {row.title || row.event_id}
              </Link>
            </td>
            <td className={eventClasses["wide"]}>{row.release}</td>
            <td className={eventClasses["wide"]}>{row.environment}</td>
            <td className={eventClasses["wide"]}>{row.user}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
