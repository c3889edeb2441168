import { Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Ago } from "../common/Ago";
import { Section } from "../common/Section";
import { useFreshness } from "./queries";

/** Up to when users, trends, tags and search know each project's events. */
export function Freshness(): ReactNode {
  const found = useFreshness();
  if (found.length === 0) return null;
  return (
    <Section
      title="Freshness"
      says="Issues and counts are live. Users, trends, tags and stats know events up to the newest one that was processed:"
    >
      <Table>
        <Table.Tbody>
          {found.map(({ project, asOf, error }) => (
            <Table.Tr key={project.slug}>
              <Table.Th scope="row" fw={500}>
                {project.name}
              </Table.Th>
              <Table.Td ta="right">
                {error ? <Text size="sm">{error.message}</Text> : asOf ? <Ago at={asOf} /> : "nothing processed yet"}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
