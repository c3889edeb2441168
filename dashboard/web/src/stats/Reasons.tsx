import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { count } from "../common/numbers";
import { Section } from "../common/Section";

/** Why events were refused. */
export function Reasons({ reasons }: { reasons: Readonly<Record<string, number>> }): ReactNode {
  const rows = Object.entries(reasons)
    .filter(([, times]) => times > 0)
    .sort(([, one], [, other]) => other - one);
  if (rows.length === 0) return null;
  return (
    <Section title="Why events were refused">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Outcome / reason</Table.Th>
            <Table.Th ta="right">Events</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([reason, times]) => (
            <Table.Tr key={reason}>
              <Table.Td>{reason}</Table.Td>
              <Table.Td ta="right">{count(times)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
