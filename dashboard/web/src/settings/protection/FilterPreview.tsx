import { Anchor, Code, List, Paper, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { Ago } from "../../common/Ago";
import { count, plural } from "../../common/numbers";
import { filterName } from "./filters";

/** What the filters as they stand in the form would have dropped. */
export function FilterPreview({ found }: { found: Schemas["FilterPreview"] }): ReactNode {
  return (
    <Paper withBorder p="sm" component="section" aria-label="Preview" aria-live="polite">
      <Text size="sm" fw={600}>
        {count(found.would_drop)} of {plural(found.looked_at, "event")} would have been dropped
      </Text>
      <Text size="xs" c="dimmed">
        {found.complete
          ? `All events accepted in the last ${found.days} days.`
          : `Only the newest ${count(found.looked_at)} events of the last ${found.days} days were looked at.`}{" "}
        {Object.entries(found.by_reason)
          .map(([reason, times]) => `${filterName(reason)}: ${count(times)}`)
          .join(", ")}
      </Text>
      {found.issues.length > 0 && (
        <Table mt="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Issue</Table.Th>
              <Table.Th ta="right">Would drop</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {found.issues.map((issue) => (
              <Table.Tr key={issue.issue_id ?? "unknown"}>
                <Table.Td>
                  {issue.issue_id ? <IssueLink id={issue.issue_id} title={issue.title} /> : issue.title}
                  <List size="xs" mt={4}>
                    {issue.samples.map((sample) => (
                      <List.Item key={sample.event_id}>
                        <Code>{sample.text || sample.event_id}</Code> {filterName(sample.reason)},{" "}
                        <Ago at={sample.received_at} />
                      </List.Item>
                    ))}
                  </List>
                </Table.Td>
                <Table.Td ta="right">{count(issue.would_drop)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  );
}

function IssueLink({ id, title }: { id: string; title: string }): ReactNode {
  return (
    <Anchor
      size="sm"
      renderRoot={(props: Record<string, unknown>) => (
        <Link to="/issues/$issueId" params={{ issueId: id }} {...props} />
      )}
    >
      {title}
    </Anchor>
  );
}
