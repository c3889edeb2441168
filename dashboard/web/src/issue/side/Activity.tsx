// What happened to the issue, newest first.
import { Skeleton, Text, Timeline } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Ago } from "../../shared/Ago";
import { ErrorNote } from "../../shared/ErrorNote";
import { activityOptions } from "../data/queries";
import classes from "../issue.module.css";
import { remark, sentence } from "../pure/activity";
import { Section } from "./Section";

export function Activity({ issueId }: { readonly issueId: string }) {
  return (
    <Section name="activity" title="Activity">
      <Entries issueId={issueId} />
    </Section>
  );
}

function Entries({ issueId }: { readonly issueId: string }) {
  const activity = useQuery(activityOptions(issueId));
  if (activity.isPending) return <Skeleton height={80} />;
  if (activity.isError) {
    return <ErrorNote what="The activity is not shown" error={activity.error} retry={() => void activity.refetch()} />;
  }
  return (
    <Timeline bulletSize={10} lineWidth={2} active={-1}>
      {activity.data.map((entry) => (
        <Timeline.Item key={entry.id} className={classes["breakable"]}>
          <Text size="sm">{sentence(entry)}</Text>
          {remark(entry) && <Text size="sm">“{remark(entry)}”</Text>}
          <Text size="xs" c="dimmed">
            <Ago at={entry.at} />
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
