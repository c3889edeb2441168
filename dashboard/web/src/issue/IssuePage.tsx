// One issue: what it is, one of its events, why its events are one, what happened to it.
import { Skeleton, Stack } from "@mantine/core";
import { useDisclosure, useDocumentTitle, useLocalStorage } from "@mantine/hooks";
import { IconMapOff } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { ApiError } from "../api/client";
import { issueOptions } from "../api/queries";
import { useNumbers } from "./data/useNumbers";
import { Empty } from "../common/Empty";
import { ErrorNote } from "../common/ErrorNote";
import { useLive } from "../common/useLive";
import { EventView } from "./EventView";
import { groupingOptions } from "./data/useGrouping";
import { activityKey, eventOptions } from "./data/queries";
import { usePageKeys } from "./data/usePageKeys";
import { useStatus } from "./data/useStatus";
import { EventList } from "./event/EventList";
import { IssueHeader } from "./head/IssueHeader";
import { KeySheet } from "./head/KeySheet";
import classes from "./issue.module.css";
import { Activity } from "./side/Activity";
import { Facts } from "./side/Facts";
import { Feedback } from "./side/Feedback";
import { Grouping } from "./side/Grouping";
import { HourSection } from "./side/HourSection";
import { Owner } from "./side/Owner";
import { Similar } from "./side/Similar";
import { Suspects } from "./side/Suspects";
import { TagDistribution } from "./side/TagDistribution";
import { WhyGrouped } from "./side/WhyGrouped";
import type { Issue } from "./types";

/** Counts move without activity; decisions and regressions come by the live feed. */
const POLL_MILLISECONDS = 5000;

interface Props {
  readonly issueId: string;
  /** An event's id, `latest` or `oldest`. */
  readonly eventId: string;
}

export function IssuePage({ issueId, eventId }: Props) {
  const issue = useQuery({ ...issueOptions(issueId), refetchInterval: POLL_MILLISECONDS });
  useCurrentAddress(issueId, eventId, issue.data?.id);
  if (issue.data) return <Found issue={issue.data} eventId={eventId} askedAt={issue.dataUpdatedAt} />;
  if (!issue.isError) return <Waiting />;
  if (issue.error instanceof ApiError && issue.error.status === 404) return <NoIssue issueId={issueId} />;
  return <ErrorNote what={`Issue ${issueId} cannot be shown`} error={issue.error} retry={issue.refetch} />;
}

interface FoundProps {
  readonly issue: Issue;
  readonly eventId: string;
  readonly askedAt: number;
}

function Found({ issue, eventId, askedAt }: FoundProps) {
  const event = useQuery(eventOptions(issue.id, eventId));
  const numbers = useNumbers(issue, POLL_MILLISECONDS);
  const status = useStatus(issue);
  const [help, { toggle, close }] = useDisclosure(false);
  const [appOnly, setAppOnly] = useLocalStorage({
    key: "seiche-issue-app-frames",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  const keys = usePageKeys({ issue, event: event.data, status, appOnly, onAppOnly: setAppOnly, onHelp: toggle });
  useDocumentTitle(`${issue.short_id} ${issue.title} - Seiche`);
  useNeighbours(issue.id, event.data?.older_event_id, event.data?.newer_event_id);
  useFresh(issue);
  return (
    <div className={classes["page"]}>
      <IssueHeader issue={issue} numbers={numbers} status={status} onHelp={toggle} />
      <div className={classes["columns"]}>
        <div className={classes["main"]}>
          <EventView issue={issue} eventId={eventId} result={event} appOnly={appOnly} onAppOnly={setAppOnly} />
        </div>
        <aside className={classes["side"]} aria-label="About this issue">
          <HourSection numbers={numbers.shown} askedAt={numbers.askedAt ?? askedAt} />
          <Feedback issueId={issue.id} />
          <Owner issue={issue} />
          <Suspects issueId={issue.id} />
          <Facts issue={issue} numbers={numbers} event={event.data} />
          <WhyGrouped fingerprints={issue.fingerprints} />
          <Grouping issue={issue} />
          <Similar issueId={issue.id} />
          <TagDistribution issue={issue} />
          <Activity issueId={issue.id} />
        </aside>
        <div className={classes["below"]}>
          <EventList issue={issue} within={numbers.filter} shownId={event.data?.event_id ?? ""} />
        </div>
      </div>
      <KeySheet keys={keys} opened={help} onClose={close} />
    </div>
  );
}

/** The address of an issue that was merged becomes that of the issue which has its events now. */
function useCurrentAddress(issueId: string, eventId: string, found: string | undefined): void {
  const navigate = useNavigate();
  useEffect(() => {
    if (found === undefined || found === issueId) return;
    void navigate({
      to: "/issues/$issueId/events/$eventId",
      params: { issueId: found, eventId },
      search: true,
      replace: true,
    });
  }, [navigate, issueId, eventId, found]);
}

/** The events next to the one that is read are there before they are asked for. */
function useNeighbours(issueId: string, older: string | null | undefined, newer: string | null | undefined): void {
  const client = useQueryClient();
  useEffect(() => {
    for (const eventId of [older, newer]) {
      // What fails here is told when it is asked for.
      if (eventId) client.query(eventOptions(issueId, eventId)).catch(() => undefined);
    }
  }, [client, issueId, older, newer]);
}

/** What others decide, and what events do, shows within a second. */
function useFresh(issue: Issue): void {
  const client = useQueryClient();
  useLive(issue.project, (entry) => {
    if (entry && entry.issue_id !== issue.id) return;
    void client.invalidateQueries({ queryKey: issueOptions(issue.id).queryKey });
    void client.invalidateQueries({ queryKey: activityKey(issue.id) });
    void client.invalidateQueries(groupingOptions(issue.id));
  });
}

function NoIssue({ issueId }: { readonly issueId: string }) {
  return (
    <Empty icon={IconMapOff} title={`There is no issue ${issueId}`}>
      It may have been removed with its project, or it belongs to another organization.{" "}
      <Link to="/">Go to the issues</Link>.
    </Empty>
  );
}

function Waiting() {
  return (
    <Stack gap="md" role="status" aria-label="Loading the issue">
      <Skeleton height={96} />
      <Skeleton height={34} />
      <Skeleton height={320} />
    </Stack>
  );
}
