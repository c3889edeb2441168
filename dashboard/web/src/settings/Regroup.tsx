// Grouping settings over history: try them, look at what would change, apply.
import { Alert, Button, Group, Progress, Stack, Table, Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { ErrorNote } from "../common/ErrorNote";
import { count } from "../common/numbers";
import type { GroupingSettings } from "./changes";
import { done, isOver, overridden, rows, summary } from "./regroup";
import { useCancel, useRegroup, useStart, useUndo, useUndoable, type Regroup as Found } from "./useRegroup";

interface Props {
  readonly slug: string;
  readonly settings: GroupingSettings;
  readonly manages: boolean;
}

const SHOWN = 25;

export function Regroup({ slug, settings, manages }: Props): ReactNode {
  const [id, setId] = useState("");
  const [tried, setTried] = useState("");
  const start = useStart(slug, (regroup) => setId(regroup.id));
  const found = useRegroup(slug, id).data;
  const cancel = useCancel(slug);
  const undoable = useUndoable(slug, found?.state ?? "");
  const undo = useUndo(slug, (regroup) => setId(regroup.id));
  const busy = start.isPending || undo.isPending || (found !== undefined && !isOver(found.state));
  const current = JSON.stringify(settings);
  const ask = (kind: Found["kind"]): void => {
    setTried(current);
    start.mutate({ kind, config: settings });
  };
  const mayApply = manages && found?.kind === "preview" && found.state === "done" && tried === current;
  return (
    <Stack gap="sm" maw={720}>
      <Text size="sm" c="dimmed">
        What is stored can be grouped anew by the settings above. A preview touches nothing.
      </Text>
      <Group>
        <Button variant="default" disabled={busy} onClick={() => ask("preview")}>
          Preview on history
        </Button>
        <Button variant="default" disabled={busy || !mayApply} onClick={() => ask("apply")}>
          Apply to history
        </Button>
        {manages && undoable && (
          <Button variant="subtle" disabled={busy} onClick={() => undo.mutate(undoable.id)}>
            Undo the last regroup
          </Button>
        )}
        {found && busy && found.state !== "switched" && (
          <Button variant="subtle" onClick={() => cancel.mutate(found.id)}>
            Cancel
          </Button>
        )}
      </Group>
      {start.isError && <ErrorNote what="It was not started" error={start.error} />}
      <div role="status">{found && <State found={found} />}</div>
      {found?.kind === "preview" && found.state === "done" && <Preview found={found} />}
    </Stack>
  );
}

function State({ found }: { readonly found: Found }): ReactNode {
  if (found.state === "failed") {
    return (
      <Alert color="red" variant="outline" title="It failed, and nothing was changed">
        {found.error}
      </Alert>
    );
  }
  if (found.state === "cancelled") return <Text size="sm">Cancelled. Nothing was changed.</Text>;
  if (found.state === "switched") return <Text size="sm">Issues are regrouped; tables follow, hour by hour.</Text>;
  if (found.state === "done") {
    if (found.kind === "preview") return <Text size="sm">{summary(found.result)}</Text>;
    return <Text size="sm">{done(found.result)}</Text>;
  }
  const share = found.total > 0 ? (100 * found.done) / found.total : 0;
  return (
    <Stack gap={4}>
      <Text size="sm">
        {found.state === "queued" ? "Waits to be started" : `${count(found.done)} of ${count(found.total)} events`}
      </Text>
      <Progress value={share} animated aria-label="Events read" />
    </Stack>
  );
}

function Preview({ found }: { readonly found: Found }): ReactNode {
  const all = rows(found.result);
  const warning = overridden(found.result);
  return (
    <>
      {warning && (
        <Alert color="yellow" variant="outline" title="Decisions that cannot be kept">
          {warning}
        </Alert>
      )}
      {all.length > 0 && (
        <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Change</Table.Th>
                <Table.Th>Issues (events)</Table.Th>
                <Table.Th ta="right">Events</Table.Th>
                <Table.Th ta="right">Users</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {all.slice(0, SHOWN).map((row) => (
                <Table.Tr key={`${row.kind} ${row.issues}`}>
                  <Table.Td>{row.kind === "merge" ? "Merge" : "Split"}</Table.Td>
                  <Table.Td>
                    {row.issues}
                    <Text size="xs" c="dimmed" lineClamp={1}>
                      {row.title}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="right">{count(row.events)}</Table.Td>
                  <Table.Td ta="right">{count(row.users)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </>
  );
}
