import { describe, expect, it } from "vitest";
import { mergeHead, uniqueRows } from "./liveMerge";
import type { IssueRow } from "./search";

const row = (id: string, count: number): IssueRow => ({
  id,
  short_id: `S-${id}`,
  title: "",
  type: "",
  value: "",
  culprit: "",
  level: "error",
  platform: "python",
  status: "unresolved",
  substatus: "new",
  priority: "medium",
  assignee: "",
  count,
  users: 0,
  first_seen: "2026-01-01T00:00:00Z",
  last_seen: "2026-01-01T00:00:00Z",
  sparkline: [],
});
const shape = (rows: readonly IssueRow[]): string[] => rows.map(({ id, count }) => `${id}:${count}`);

describe("mergeHead", () => {
  it("keeps the shown order, takes newer numbers, and counts what is not shown", () => {
    const merged = mergeHead([row("a", 1), row("b", 2)], [row("c", 1), row("b", 5), row("a", 1)]);
    expect(shape(merged.rows)).toEqual(["a:1", "b:5"]);
    expect(merged.fresh).toBe(1);
  });
  it("never lets a count go back when an older answer arrives later", () => {
    expect(shape(mergeHead([row("a", 9)], [row("a", 3)]).rows)).toEqual(["a:9"]);
  });
  it("keeps a row that the fresh page no longer has", () => {
    const merged = mergeHead([row("a", 1)], []);
    expect(shape(merged.rows)).toEqual(["a:1"]);
    expect(merged.fresh).toBe(0);
  });
});

describe("uniqueRows", () => {
  it("shows an issue once where pages overlap", () => {
    const pages = [{ items: [row("a", 1), row("b", 1)] }, { items: [row("b", 1), row("c", 1)] }];
    expect(shape(uniqueRows(pages))).toEqual(["a:1", "b:1", "c:1"]);
  });
});
