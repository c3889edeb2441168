import { Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { count } from "../common/numbers";

export function Consumers({ consumers }: { consumers: Schemas["ConsumerStatus"][] }): ReactNode {
  if (consumers.length === 0) return <Text size="sm">No consumer has read anything yet.</Text>;
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Consumer</Table.Th>
          <Table.Th ta="right">Read up to</Table.Th>
          <Table.Th ta="right">Behind</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {consumers.map((consumer) => (
          <Table.Tr key={consumer.name}>
            <Table.Td fw={500}>{consumer.name}</Table.Td>
            <Table.Td ta="right">{count(consumer.offset)}</Table.Td>
            <Table.Td ta="right">{count(consumer.lag)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
