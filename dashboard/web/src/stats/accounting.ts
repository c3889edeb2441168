/** Sums and rows of the accounting. Pure. */
import type { Schemas } from "../api/client";

type Totals = Schemas["Accounting"];
type Stats = Schemas["ProjectStats"];

export const OUTCOMES = [
  { key: "stored", series: "stored", label: "Stored", says: "in the lake", colour: "var(--mantine-color-cyan-7)" },
  {
    key: "duplicates",
    series: "duplicate",
    label: "Duplicates",
    says: "sent twice, stored once",
    colour: "var(--mantine-color-grape-5)",
  },
  {
    key: "filtered",
    series: "filtered",
    label: "Filtered",
    says: "by the project's own filters",
    colour: "var(--mantine-color-yellow-6)",
  },
  {
    key: "rate_limited",
    series: "rate_limited",
    label: "Rate limited",
    says: "above a quota",
    colour: "var(--mantine-color-orange-7)",
  },
  {
    key: "invalid",
    series: "invalid",
    label: "Invalid",
    says: "not readable as an event",
    colour: "var(--mantine-color-red-7)",
  },
] as const;

export interface Part {
  key: string;
  label: string;
  says: string;
  value: number;
}

/** The parts that `received` is the sum of; what is 0 always, if all is well, only where it is not 0. */
export function parts(totals: Totals): Part[] {
  const rest: Part[] = [
    { key: "pending", label: "On its way", says: "accepted and durable, not yet in the lake", value: totals.pending },
    {
      key: "unexplained",
      label: "Unexplained",
      says: "a fault of Seiche: please report it",
      value: totals.unexplained,
    },
  ];
  return [
    ...OUTCOMES.map(({ key, label, says }) => ({ key, label, says, value: totals[key] })),
    ...rest.filter(({ value }) => value !== 0),
  ];
}

export const addsUp = (totals: Totals): boolean =>
  totals.unexplained === 0 && parts(totals).reduce((sum, part) => sum + part.value, 0) === totals.received;

export type ChartRow = { at: string } & Record<string, number | string>;

/** A row for each hour with a number for each outcome; reasons of one outcome are added. */
export function chartRows({ buckets, series }: Pick<Stats, "buckets" | "series">): ChartRow[] {
  return buckets.map((at, hour) => {
    const row: ChartRow = { at };
    for (const { outcome, quantities } of series) row[outcome] = Number(row[outcome] ?? 0) + (quantities[hour] ?? 0);
    return row;
  });
}
