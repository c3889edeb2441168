// The issue's fingerprints with what each has seen: take some out, and undo what people did.
import { Anchor, Button, Checkbox, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Ago } from "../../common/Ago";
import { ErrorNote } from "../../common/ErrorNote";
import { plural } from "../../common/numbers";
import { groupingOptions, useUndo, useUnmerge, type GroupingChange, type MadeOf } from "../data/useGrouping";
import classes from "../issue.module.css";
import { changeSentence } from "../pure/grouping";
import type { Issue } from "../types";
import { FoldSection } from "./FoldSection";

const SHOWN = 20;

export function Grouping({ issue }: { readonly issue: Issue }) {
  return (
    <FoldSection name="grouping" title="Grouping" open={false}>
      <Content issue={issue} />
    </FoldSection>
  );
}

function Content({ issue }: { readonly issue: Issue }) {
  const grouping = useQuery(groupingOptions(issue.id));
  if (grouping.isPending) return <Skeleton height={80} />;
  if (grouping.isError) {
    return <ErrorNote what="The grouping is not shown" error={grouping.error} retry={() => void grouping.refetch()} />;
  }
  return (
    <Stack gap="sm">
      <Fingerprints issue={issue} found={grouping.data.fingerprints} />
      <Changes issue={issue} changes={grouping.data.changes} />
    </Stack>
  );
}

function Fingerprints({ issue, found }: { readonly issue: Issue; readonly found: readonly MadeOf[] }) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const unmerge = useUnmerge(issue);
  const several = found.length > 1;
  return (
    <>
      <Text size="sm" c="dimmed">
        {several
          ? "An issue is a set of fingerprints. What you take out never comes back by itself."
          : "This issue has one fingerprint, so there is nothing to take out of it."}
      </Text>
      {found.slice(0, SHOWN).map((part) => (
        <Group key={part.fingerprint} gap="xs" wrap="nowrap" align="flex-start">
          {several && (
            <Checkbox
              size="xs"
              mt={3}
              aria-label={`Choose ${part.title || part.fingerprint}`}
              checked={chosen.includes(part.fingerprint)}
              onChange={({ currentTarget }) =>
                setChosen(
                  currentTarget.checked
                    ? [...chosen, part.fingerprint]
                    : chosen.filter((one) => one !== part.fingerprint),
                )
              }
            />
          )}
          <div style={{ minWidth: 0 }}>
            <Text size="sm" className={classes["breakable"] ?? ""}>
              {part.last_event_id ? (
                <Anchor
                  inherit
                  renderRoot={(props: Record<string, unknown>) => (
                    <Link
                      to="/issues/$issueId/events/$eventId"
                      params={{ issueId: issue.id, eventId: part.last_event_id }}
                      {...props}
                    />
                  )}
                >
                  {part.title}
                </Anchor>
              ) : (
                part.fingerprint
              )}
            </Text>
            <Text size="xs" c="dimmed" className={classes["breakable"] ?? ""}>
              {plural(part.count, "event")}
              {part.culprit && `, ${part.culprit}`}
              {part.pinned && ", decided by people"}
            </Text>
          </div>
        </Group>
      ))}
      {found.length > SHOWN && (
        <Text size="xs" c="dimmed">
          and {plural(found.length - SHOWN, "fingerprint")} with fewer events
        </Text>
      )}
      {several && (
        <Button
          size="compact-sm"
          variant="default"
          disabled={chosen.length === 0 || chosen.length === found.length || unmerge.isPending}
          onClick={() => unmerge.mutate(chosen, { onSuccess: () => setChosen([]) })}
        >
          Unmerge {chosen.length > 0 ? plural(chosen.length, "fingerprint") : "the chosen"}
        </Button>
      )}
    </>
  );
}

function Changes({ issue, changes }: { readonly issue: Issue; readonly changes: readonly GroupingChange[] }) {
  const undo = useUndo(issue);
  return changes.map((change) => (
    <Group key={change.id} justify="space-between" wrap="nowrap" gap="xs">
      <Text size="xs" c="dimmed">
        {changeSentence(change)} <Ago at={change.at} />
      </Text>
      {change.can_undo && (
        <Button size="compact-xs" variant="default" disabled={undo.isPending} onClick={() => undo.mutate(change)}>
          Undo
        </Button>
      )}
    </Group>
  ));
}
