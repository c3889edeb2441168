// One event of the issue: which it is, its stack first, then all else it carries.
import { Alert, Button, Skeleton, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ApiError } from "../api/client";
import { ErrorNote } from "../common/ErrorNote";
import { LATEST, eventOptions } from "./data/queries";
import { Attachments } from "./event/Attachments";
import { EventBar, NewerEvent } from "./event/EventBar";
import { EventSections } from "./event/EventSections";
import { Unreadable, isUnreadable } from "./event/Remarks";
import { LateUploads } from "./stack/LateUploads";
import { StackTrace } from "./stack/StackTrace";
import type { Issue, IssueEvent } from "./types";

interface Props {
  readonly issue: Issue;
  readonly eventId: string;
  readonly result: UseQueryResult<IssueEvent>;
  readonly appOnly: boolean;
  readonly onAppOnly: (appOnly: boolean) => void;
}

export function EventView({ issue, eventId, result, appOnly, onAppOnly }: Props) {
  const client = useQueryClient();
  if (result.isError) return <Missing issue={issue} eventId={eventId} error={result.error} retry={result.refetch} />;
  if (!result.data) return <Waiting />;
  const event = result.data;
  const outdated = eventId === LATEST && !result.isFetching && issue.last_event_id !== event.event_id;
  return (
    <Stack gap="md" style={{ opacity: result.isPlaceholderData ? 0.6 : 1 }} aria-busy={result.isPlaceholderData}>
      {outdated && (
        <NewerEvent
          onShow={() => void client.invalidateQueries({ queryKey: eventOptions(issue.id, LATEST).queryKey })}
        />
      )}
      <EventBar issue={issue} event={event} />
      {isUnreadable(event) ? (
        <Unreadable event={event} />
      ) : (
        <LateUploads key={event.event_id} event={event}>
          {(shown) => (
            <StackTrace
              key={event.event_id}
              event={shown}
              shortId={issue.short_id}
              appOnly={appOnly}
              onAppOnly={onAppOnly}
            />
          )}
        </LateUploads>
      )}
      <Attachments key={`files-${event.event_id}`} event={event} />
      <EventSections key={`rest-${event.event_id}`} event={event} />
    </Stack>
  );
}

interface MissingProps {
  readonly issue: Issue;
  readonly eventId: string;
  readonly error: Error;
  readonly retry: () => unknown;
}

function Missing({ issue, eventId, error, retry }: MissingProps) {
  if (!(error instanceof ApiError) || error.status !== 404) {
    return <ErrorNote what="This event cannot be shown" error={error} retry={retry} />;
  }
  return (
    <Alert variant="outline" color="yellow" title="This event is not kept any more" role="alert">
      <p>
        {error.message}. Events are removed when they are older than the project keeps them; the issue and its counts
        stay.
      </p>
      {eventId !== LATEST && (
        <Button
          size="xs"
          variant="default"
          renderRoot={(props: Record<string, unknown>) => (
            <Link {...props} to="/issues/$issueId" params={{ issueId: issue.id }} />
          )}
        >
          Show the newest event
        </Button>
      )}
    </Alert>
  );
}

function Waiting() {
  return (
    <Stack gap="md" role="status" aria-label="Loading the event">
      <Skeleton height={34} />
      <Skeleton height={320} />
      <Skeleton height={160} />
    </Stack>
  );
}
