import { Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { Ago } from "../common/Ago";
import { Section } from "../common/Section";
import { hopWords, seconds } from "./canary";

/** Seiche's own event of each minute: how long it took to each hop, and where it waits. */
export function Canary({ canary }: { canary: Schemas["CanaryStatus"] | null }): ReactNode {
  if (!canary) return null;
  return (
    <Section
      title="Canary"
      says="Each minute an event of Seiche's own travels the whole line, from HTTP to search: how long after sending it was behind each hop."
    >
      {canary.hops.length === 0 ? (
        <Text size="sm">None has been sent yet.</Text>
      ) : (
        <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Hop</Table.Th>
                <Table.Th ta="right">Newest</Table.Th>
                <Table.Th ta="right">Slowest of 60</Table.Th>
                <Table.Th ta="right">Passed</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {canary.hops.map((hop) => (
                <Table.Tr key={hop.name}>
                  <Table.Th scope="row" fw={500}>
                    {hopWords(hop.name)}
                  </Table.Th>
                  <Table.Td ta="right">{seconds(hop.seconds)}</Table.Td>
                  <Table.Td ta="right">{seconds(hop.slowest_seconds)}</Table.Td>
                  <Table.Td ta="right">
                    {hop.stalled_since ? (
                      <Text size="sm" c="red" fw={600} component="span">
                        waits since <Ago at={hop.stalled_since} />
                      </Text>
                    ) : hop.passed_at ? (
                      <Ago at={hop.passed_at} />
                    ) : (
                      "not yet"
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Section>
  );
}
