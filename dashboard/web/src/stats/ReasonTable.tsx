import { Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { count } from "../common/numbers";
import { reasons } from "./breakdown";

/** Why items are not there: refused, repeated, or discarded by the SDK itself. */
export function ReasonTable({ rows }: { rows: Schemas["OutcomeRow"][] }): ReactNode {
  const found = reasons(rows);
  if (found.length === 0) return <Text size="sm">Everything that arrived was kept.</Text>;
  return (
    <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label="Outcomes by reason">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Category</Table.Th>
            <Table.Th>Outcome</Table.Th>
            <Table.Th>Reason</Table.Th>
            <Table.Th ta="right">Items</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {found.map((line) => (
            <Table.Tr key={`${line.category} ${line.outcome} ${line.reason}`}>
              <Table.Th scope="row" fw={500}>
                {line.category}
              </Table.Th>
              <Table.Td>{line.outcome.replaceAll("_", " ")}</Table.Td>
              <Table.Td>{line.reason || "-"}</Table.Td>
              <Table.Td ta="right">{count(line.total)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
