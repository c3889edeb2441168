// What happened to the issue, newest first.
import { Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Ago } from "../../common/Ago";
import { ErrorNote } from "../../common/ErrorNote";
import { activityOptions } from "../data/queries";
import classes from "../issue.module.css";
import { remark, sentence } from "../pure/activity";
import { FoldSection } from "./FoldSection";

export function Activity({ issueId }: { readonly issueId: string }) {
  return (
    <FoldSection name="activity" title="Activity">
      <Entries issueId={issueId} />
    </FoldSection>
  );
}

function Entries({ issueId }: { readonly issueId: string }) {
  const activity = useQuery(activityOptions(issueId));
  if (activity.isPending) return <Skeleton height={80} />;
  if (activity.isError) {
    return <ErrorNote what="The activity is not shown" error={activity.error} retry={() => void activity.refetch()} />;
  }
  return (
    <ol className={classes["activity"]}>
      {activity.data.map((entry) => (
        <li key={entry.id}>
          <Text size="sm">{sentence(entry)}</Text>
          {remark(entry) && <Text size="sm">“{remark(entry)}”</Text>}
          <Text size="xs" c="dimmed">
            <Ago at={entry.at} />
          </Text>
        </li>
      ))}
    </ol>
  );
}
