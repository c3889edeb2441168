// The issue's events, newest first, a page at a time, with a search among them.
import { Button, Checkbox, Skeleton, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Ago } from "../../common/Ago";
import { ErrorNote } from "../../common/ErrorNote";
import { plural } from "../../common/numbers";
import { eventsOptions } from "../data/queries";
import { MoveForm } from "./MoveForm";
import eventClasses from "./event.module.css";
import classes from "../issue.module.css";
import { FoldSection } from "../side/FoldSection";
import type { EventRow, Issue } from "../types";

interface Props {
  readonly issue: Issue;
  /** The page's own filter, in the search language. */
  readonly within: string;
  readonly shownId: string;
}

export function EventList(props: Props) {
  return (
    <FoldSection name="events" title="Events" open={false}>
      <Events {...props} />
    </FoldSection>
  );
}

function Events({ issue, within, shownId }: Props) {
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed.trim(), 300);
  const events = useInfiniteQuery(eventsOptions(issue.id, [within, query].filter(Boolean).join(" ")));
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
          {query || within ? "No event of this issue matches." : "No event of this issue is kept any more."}
        </Text>
      )}
      {!events.isError && rows.length > 0 && <Rows issue={issue} shownId={shownId} rows={rows} />}
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

function Rows({ issue, shownId, rows }: Omit<Props, "within"> & { readonly rows: readonly EventRow[] }) {
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const [moving, setMoving] = useState(false);
  const chosen = rows.map((row) => row.event_id).filter((id) => ticked.includes(id));
  return (
    <>
      <table className={eventClasses["events"]}>
        <thead>
          <tr>
            <th scope="col">
              <VisuallyHidden>Chosen</VisuallyHidden>
            </th>
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
                <Checkbox
                  size="xs"
                  aria-label={`Choose event ${row.event_id}`}
                  checked={ticked.includes(row.event_id)}
                  onChange={({ currentTarget }) =>
                    setTicked(
                      currentTarget.checked ? [...ticked, row.event_id] : ticked.filter((id) => id !== row.event_id),
                    )
                  }
                />
              </td>
              <td>
                <Ago at={row.occurred_at} short />
              </td>
              <td>
                <Link
                  to="/issues/$issueId/events/$eventId"
                  params={{ issueId: issue.id, eventId: row.event_id }}
                  search
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
      {chosen.length > 0 && (
        <Button size="xs" variant="default" mt="xs" mr="xs" onClick={() => setMoving(true)}>
          Move {plural(chosen.length, "event")} to another issue
        </Button>
      )}
      <MoveForm issue={issue} eventIds={chosen} opened={moving} onClose={() => setMoving(false)} />
    </>
  );
}
