import { expect, it } from "vitest";
import { addsUp, chartRows, parts } from "./accounting";

const totals = {
  received: 10,
  stored: 6,
  duplicates: 1,
  filtered: 1,
  rate_limited: 0,
  invalid: 1,
  pending: 1,
  unexplained: 0,
};

it("adds up with what is on its way", () => {
  expect(addsUp(totals)).toBe(true);
  expect(parts(totals).map(({ key }) => key)).toContain("pending");
});
it("does not add up when a part is missing, or when something is unexplained", () => {
  expect(addsUp({ ...totals, stored: 5 })).toBe(false);
  expect(addsUp({ ...totals, stored: 5, unexplained: 1 })).toBe(false);
});
it("shows the usual parts always, the others only where they are not 0", () => {
  expect(parts({ ...totals, pending: 0 }).map(({ key }) => key)).toEqual([
    "stored",
    "duplicates",
    "filtered",
    "rate_limited",
    "invalid",
  ]);
});
it("adds the reasons of one outcome in each hour", () => {
  const rows = chartRows({
    buckets: ["h0", "h1"],
    series: [
      { outcome: "invalid", reason: "size", quantities: [1, 2] },
      { outcome: "invalid", reason: "json", quantities: [3, 4] },
    ],
  });
  expect(rows).toEqual([
    { at: "h0", invalid: 4 },
    { at: "h1", invalid: 6 },
  ]);
});
