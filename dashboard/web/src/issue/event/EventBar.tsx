// Which event is shown, and the way to the others of its issue.
import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconArrowsSplit2,
  IconChevronLeft,
  IconChevronRight,
  IconChevronsLeft,
  IconChevronsRight,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Ago } from "../../common/Ago";
import { LATEST } from "../data/queries";
import eventClasses from "./event.module.css";
import type { Issue, IssueEvent } from "../types";
import { FilterLink } from "./FilterLink";
import { MoveForm } from "./MoveForm";

interface Props {
  readonly issue: Issue;
  readonly event: IssueEvent;
}

export function EventBar({ issue, event }: Props) {
  const oldest = event.event_id === issue.first_event_id ? null : issue.first_event_id;
  const newest = event.newer_event_id === null && event.navigation_available ? null : LATEST;
  const [moving, { open, close }] = useDisclosure(false);
  return (
    <div className={eventClasses["eventBar"]}>
      <Group gap={4} component="nav" aria-label="Events of this issue" wrap="nowrap">
        <Step issueId={issue.id} to={oldest} label="Oldest event" hint="shift + H">
          <IconChevronsLeft size={18} />
        </Step>
        <Step issueId={issue.id} to={event.older_event_id} label="Older event" hint="H">
          <IconChevronLeft size={18} />
        </Step>
        <Step issueId={issue.id} to={event.newer_event_id} label="Newer event" hint="L">
          <IconChevronRight size={18} />
        </Step>
        <Step issueId={issue.id} to={newest} label="Newest event" hint="shift + L">
          <IconChevronsRight size={18} />
        </Step>
        {issue.count > 1 && (
          <Tooltip label="This event is another bug: move it to an issue of its own, or to another one">
            <ActionIcon variant="default" size={32} aria-label="Move this event" onClick={open}>
              <IconArrowsSplit2 size={18} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
      <MoveForm issue={issue} eventIds={[event.event_id]} opened={moving} onClose={close} follow />
      <Text size="sm" component="p" className={eventClasses["eventFacts"]}>
        <Ago at={event.occurred_at} />
        {event.release && (
          <>
            {" · "}
            <FilterLink project={event.project} name="release" value={event.release} />
          </>
        )}
        {event.environment && (
          <>
            {" · "}
            <FilterLink project={event.project} name="environment" value={event.environment} />
          </>
        )}
        {event.transaction && <span> · {event.transaction}</span>}
      </Text>
      {!event.navigation_available && (
        <Text size="xs" c="dimmed">
          Analytics do not answer, so this event’s neighbours are unknown for now.
        </Text>
      )}
    </div>
  );
}

interface StepProps {
  readonly issueId: string;
  readonly to: string | null;
  readonly label: string;
  readonly hint: string;
  readonly children: ReactNode;
}

function Step({ issueId, to, label, hint, children }: StepProps) {
  if (to === null) {
    return (
      <ActionIcon variant="default" size={32} disabled aria-label={`${label}: there is none`}>
        {children}
      </ActionIcon>
    );
  }
  return (
    <Tooltip label={`${label} (${hint})`}>
      <ActionIcon
        variant="default"
        size={32}
        aria-label={label}
        renderRoot={(props: Record<string, unknown>) => (
          <Link
            {...props}
            to="/issues/$issueId/events/$eventId"
            params={{ issueId, eventId: to }}
            search
            resetScroll={false}
            replace
          />
        )}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

export function NewerEvent({ onShow }: { readonly onShow: () => void }) {
  return (
    <div role="status">
      <Button size="compact-sm" variant="light" fullWidth onClick={onShow}>
        A newer event arrived: show it
      </Button>
    </div>
  );
}
