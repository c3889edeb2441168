/** Fresh numbers without moving a row under the reader's eyes. */
import type { IssueRow } from "./search";

export interface Merged {
  /** The shown rows in their shown order, with the newest known numbers. */
  rows: IssueRow[];
  /** How many issues the fresh first page has that are not shown: new ones, or ones that are active again. */
  fresh: number;
}

/** `head` is the first page as it would be now; `shown` is what was loaded when the reader last asked. */
export function mergeHead(shown: readonly IssueRow[], head: readonly IssueRow[]): Merged {
  const byId = new Map(head.map((row) => [row.id, row]));
  const ids = new Set(shown.map((row) => row.id));
  return {
    rows: shown.map((row) => newer(row, byId.get(row.id))),
    fresh: head.filter((row) => !ids.has(row.id)).length,
  };
}

/** A page that was asked for earlier may arrive later: a count never goes back. */
function newer(row: IssueRow, fresh: IssueRow | undefined): IssueRow {
  return fresh !== undefined && fresh.count >= row.count ? fresh : row;
}

/** Pages overlap when an issue moved down between two requests: each id once, the first place counts. */
export function uniqueRows(pages: readonly { items: readonly IssueRow[] }[]): IssueRow[] {
  const rows = new Map<string, IssueRow>();
  for (const row of pages.flatMap((page) => page.items)) if (!rows.has(row.id)) rows.set(row.id, row);
  return [...rows.values()];
}
