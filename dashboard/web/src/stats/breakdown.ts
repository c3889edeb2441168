/** Outcomes as a table: one row for each key, category or reason. Pure. */
import type { Schemas } from "../api/client";

type Row = Pick<Schemas["OutcomeRow"], "outcome" | "reason" | "category" | "key" | "key_label" | "total">;

export interface Line {
  name: string;
  received: number;
  kept: number;
  filtered: number;
  rate_limited: number;
  invalid: number;
  /** What SDKs say that they never sent; outside the sum. */
  discarded: number;
}

const COLUMNS = new Map<string, Exclude<keyof Line, "name" | "kept">>([
  ["received", "received"],
  ["filtered", "filtered"],
  ["rate_limited", "rate_limited"],
  ["invalid", "invalid"],
  ["client_discard", "discarded"],
]);

/** `kept` is what was received and not refused. */
export function breakdown(rows: readonly Row[], by: "key" | "category"): Line[] {
  const lines = new Map<string, Line>();
  for (const row of rows) {
    const name = by === "key" ? row.key_label || row.key : row.category;
    const id = by === "key" ? row.key : row.category;
    const line = lines.get(id) ?? {
      name,
      received: 0,
      kept: 0,
      filtered: 0,
      rate_limited: 0,
      invalid: 0,
      discarded: 0,
    };
    const column = COLUMNS.get(row.outcome);
    if (column) line[column] += row.total;
    line.kept = line.received - line.filtered - line.rate_limited - line.invalid;
    lines.set(id, line);
  }
  return [...lines.values()].sort((one, other) => other.received - one.received);
}
