import { Badge, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { Ago } from "../common/Ago";
import { isWell } from "./verdict";

export function Processes({ processes }: { processes: Schemas["ProcessStatus"][] }): ReactNode {
  if (processes.length === 0) return <Text size="sm">The processes are not supervised by `seiche up` here.</Text>;
  return (
    <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Process</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Since</Table.Th>
            <Table.Th ta="right">Restarts</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {processes.map((process) => (
            <Table.Tr key={process.name}>
              <Table.Td fw={500}>{process.name}</Table.Td>
              <Table.Td>
                <Badge variant="light" color={isWell(process) ? "green" : "red"}>
                  {process.state}
                </Badge>
              </Table.Td>
              <Table.Td>{process.since ? <Ago at={process.since} /> : "-"}</Table.Td>
              <Table.Td ta="right">{process.restarts}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
