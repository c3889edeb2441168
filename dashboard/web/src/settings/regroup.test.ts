import { describe, expect, it } from "vitest";
import { done, isOver, overridden, rows, summary } from "./regroup";

const RESULT = {
  events: 6,
  events_changing: 5,
  issues_before: 3,
  issues_after: 2,
  merges_total: 1,
  splits_total: 1,
  decisions_overridden: 2,
  merges: [
    {
      title: "E: bad",
      events: 5,
      users: 3,
      from: [
        { short_id: "SHOP-1", events: 3 },
        { short_id: "SHOP-2", events: 2 },
      ],
    },
  ],
  splits: [
    {
      title: "F",
      short_id: "SHOP-4",
      events: 9,
      into: [
        { short_id: "SHOP-4", events: 8, users: 1 },
        { short_id: "", events: 1, users: 1 },
      ],
    },
  ],
};

describe("a preview in words", () => {
  it("counts issues, merges, splits and events", () => {
    expect(summary(RESULT)).toBe(
      "3 issues would be 2: 1 merge, 1 split. 5 of 6 events would have another fingerprint.",
    );
    expect(summary({ events: 6, issues_before: 3, issues_after: 3 })).toBe("Nothing would change: 6 events, 3 issues.");
  });
  it("lists merges and splits, the largest first", () => {
    expect(rows(RESULT)).toEqual([
      { kind: "split", title: "F", issues: "SHOP-4 into SHOP-4 (8), a new issue (1)", events: 9, users: 2 },
      { kind: "merge", title: "E: bad", issues: "SHOP-1 (3), SHOP-2 (2)", events: 5, users: 3 },
    ]);
    expect(rows({})).toEqual([]);
  });
  it("warns of decisions that cannot be kept", () => {
    expect(overridden(RESULT)).toContain("2 fingerprints");
    expect(overridden({})).toBe("");
  });
  it("knows when it ends", () => {
    expect(["queued", "running", "switched", "done", "failed", "cancelled"].filter(isOver)).toHaveLength(3);
  });
});

it("says what an application came to", () => {
  expect([{ changed: false }, { changed: true }, { changed: true, undoes: 3 }].map(done)).toEqual([
    "History is grouped by these settings already.",
    "History is regrouped.",
    "The regroup is undone.",
  ]);
});
