import { SegmentedControl, Skeleton, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { api, unwrap } from "../api/client";
import { ErrorNote } from "../common/ErrorNote";
import { count } from "../common/numbers";
import { Section } from "../common/Section";
import { breakdown } from "./breakdown";
import { ReasonTable } from "./ReasonTable";

type By = "category" | "key" | "reason";
const HOUR_MS = 3_600_000;
const COLUMNS = [
  ["received", "Received"],
  ["stored", "Stored"],
  ["duplicates", "Duplicates"],
  ["filtered", "Filtered"],
  ["rate_limited", "Rate limited"],
  ["invalid", "Invalid"],
  ["discarded", "Discarded by SDKs"],
] as const;

/** The same accounting by key or by category of items, sessions and attachments included. */
export function BreakdownTable({ slug, hours }: { slug: string; hours: number }): ReactNode {
  const [by, setBy] = useState<By>("category");
  const outcomes = useQuery({
    queryKey: ["outcomes", slug, hours, by],
    queryFn: ({ signal }) => {
      const since = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - (hours - 1) * HOUR_MS).toISOString();
      return unwrap(
        api.GET("/api/v1/projects/{slug}/outcomes", {
          params: {
            path: { slug },
            query: { since, interval: "all", group_by: by === "reason" ? ["category", "reason"] : [by] },
          },
          signal,
        }),
      );
    },
    refetchInterval: 10_000,
  });
  return (
    <Section
      title="Everything that arrived, by category, key and reason"
      says="Received = stored + duplicates + filtered + rate limited + invalid, in each row. What SDKs discarded themselves was never received."
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Break down by"
          data={[
            { value: "category", label: "Category" },
            { value: "key", label: "Key" },
            { value: "reason", label: "Reason" },
          ]}
          value={by}
          onChange={(value) => setBy(value)}
        />
      }
    >
      {outcomes.isError && (
        <ErrorNote what="The outcomes do not load" error={outcomes.error} retry={outcomes.refetch} />
      )}
      {outcomes.isPending && <Skeleton h={80} />}
      {outcomes.data && by === "reason" && <ReasonTable rows={outcomes.data.rows} />}
      {outcomes.data && by !== "reason" && (
        <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table aria-label={`Outcomes by ${by}`}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{by === "key" ? "Key" : "Category"}</Table.Th>
                {COLUMNS.map(([name, label]) => (
                  <Table.Th key={name} ta="right">
                    {label}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {breakdown(outcomes.data.rows, by).map((line) => (
                <Table.Tr key={line.name}>
                  <Table.Th scope="row" fw={500}>
                    {line.name}
                  </Table.Th>
                  {COLUMNS.map(([name]) => (
                    <Table.Td key={name} ta="right">
                      {count(line[name])}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Section>
  );
}
