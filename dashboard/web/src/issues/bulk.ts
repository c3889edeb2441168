/** The pure half of changing many issues at once. */
import type { IssueRow } from "./search";

/** Ids by the status that they have: one request each puts them back. */
export function byStatus(
  rows: readonly Pick<IssueRow, "id" | "status">[],
): Partial<Record<IssueRow["status"], string[]>> {
  const found: Partial<Record<IssueRow["status"], string[]>> = {};
  for (const { id, status } of rows) (found[status] ??= []).push(id);
  return found;
}

/** What to tell about the rows that did not change; "" where all did. */
export function whatFailed(
  failed: Readonly<Record<string, string>>,
  rows: readonly Pick<IssueRow, "id" | "short_id">[],
): string {
  const names = new Map(rows.map((row) => [row.id, row.short_id]));
  const lines = Object.entries(failed).map(([id, why]) => `${names.get(id) ?? id}: ${why}`);
  if (lines.length <= 3) return lines.join("; ");
  return `${lines.slice(0, 3).join("; ")}; and ${lines.length - 3} more`;
}

/** Shift-click: every id between the last one touched and this one takes this one's new state. */
export function toggleRange(
  ids: readonly string[],
  selected: ReadonlySet<string>,
  from: string | null,
  to: string,
): Set<string> {
  const next = new Set(selected);
  const turnOn = !selected.has(to);
  const ends = [from === null ? -1 : ids.indexOf(from), ids.indexOf(to)];
  const start = ends.includes(-1) ? ids.indexOf(to) : Math.min(...ends);
  const stop = Math.max(...ends);
  for (const id of ids.slice(start, stop + 1)) {
    if (turnOn) next.add(id);
    else next.delete(id);
  }
  return next;
}
