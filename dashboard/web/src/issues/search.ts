/** What the address of the issue list says: every view of it can be sent to somebody. */
import type { Schemas } from "../api/client";

type Sort = "last_seen" | "first_seen" | "count" | "users";

export interface IssueSearch {
  query?: string;
  sort?: Sort;
}

export const DEFAULT_QUERY = "is:unresolved";

export const SORTS: readonly { value: Sort; label: string; says: string }[] = [
  { value: "last_seen", label: "Last seen", says: "what happened most recently first" },
  { value: "first_seen", label: "Newest", says: "what appeared most recently first" },
  { value: "count", label: "Events", says: "what happened most often first" },
  { value: "users", label: "Users", says: "what met the most users first" },
];

export const isSort = (value: unknown): value is Sort => SORTS.some((sort) => sort.value === value);

/** From an address: what it does not know is dropped. An empty query is a choice (all issues), a missing one is not. */
export function readIssueSearch(search: Record<string, unknown>): IssueSearch {
  const { query, sort } = search;
  return {
    ...(typeof query === "string" || typeof query === "number" ? { query: String(query).slice(0, 1000) } : {}),
    ...(isSort(sort) ? { sort } : {}),
  };
}

export type IssueRow = Schemas["IssueRow"];
