/** Outcomes as a table: one row for each key, category or reason. Pure. */
import type { Schemas } from "../api/client";

type Row = Pick<Schemas["OutcomeRow"], "outcome" | "reason" | "category" | "key" | "key_label" | "total">;

export interface Line {
  name: string;
  received: number;
  stored: number;
  duplicates: number;
  filtered: number;
  rate_limited: number;
  invalid: number;
  /** What SDKs say that they never sent; outside the sum. */
  discarded: number;
}

const COLUMNS = new Map<string, Exclude<keyof Line, "name">>([
  ["received", "received"],
  ["stored", "stored"],
  ["duplicate", "duplicates"],
  ["filtered", "filtered"],
  ["rate_limited", "rate_limited"],
  ["invalid", "invalid"],
  ["client_discard", "discarded"],
]);

export interface Reason {
  category: string;
  outcome: string;
  reason: string;
  total: number;
}

const UNREMARKABLE = new Set(["received", "stored"]);

/** Why items of any category are not there, most first; rows of the same words are one. */
export function reasons(rows: readonly Row[]): Reason[] {
  const found = new Map<string, Reason>();
  for (const { category, outcome, reason, total } of rows) {
    if (UNREMARKABLE.has(outcome) || total === 0) continue;
    const id = `${category} ${outcome} ${reason}`;
    found.set(id, { category, outcome, reason, total: (found.get(id)?.total ?? 0) + total });
  }
  return [...found.values()].sort((one, other) => other.total - one.total);
}

/** Each line adds up: received is the sum of all but what SDKs discarded. */
export function breakdown(rows: readonly Row[], by: "key" | "category"): Line[] {
  const lines = new Map<string, Line>();
  for (const row of rows) {
    const name = by === "key" ? row.key_label || row.key : row.category;
    const id = by === "key" ? row.key : row.category;
    const line = lines.get(id) ?? {
      name,
      received: 0,
      stored: 0,
      duplicates: 0,
      filtered: 0,
      rate_limited: 0,
      invalid: 0,
      discarded: 0,
    };
    const column = COLUMNS.get(row.outcome);
    if (column) line[column] += row.total;
    lines.set(id, line);
  }
  return [...lines.values()].sort((one, other) => other.received - one.received);
}
