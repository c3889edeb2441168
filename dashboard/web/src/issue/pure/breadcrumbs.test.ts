import { expect, test } from "vitest";
import { crumb } from "../testing/events";
import { levelCounts, levelOf, offset, span, trail } from "./breadcrumbs";

const numbered = (count: number) => Array.from({ length: count }, (_, number) => crumb({ message: String(number) }));
const messages = (placed: readonly { crumb: { message: string } }[]) => placed.map(({ crumb: { message } }) => message);

test("a short trail is whole", () => {
  const found = trail(numbered(11), new Set(), false);
  expect(found.first).toHaveLength(11);
  expect(found.folded).toEqual([]);
});

test("a long trail folds its middle, and keeps what led to the error", () => {
  const found = trail(numbered(20), new Set(), false);
  expect(messages(found.first)).toEqual(["0", "1"]);
  expect(found.folded).toHaveLength(10);
  expect(messages(found.last)).toEqual(["12", "13", "14", "15", "16", "17", "18", "19"]);
  expect(trail(numbered(20), new Set(), true).first).toHaveLength(20);
});

test("levels are filtered before folding", () => {
  const crumbs = [...numbered(20), crumb({ level: "error", message: "boom" })];
  expect(messages(trail(crumbs, new Set(["info"]), false).first)).toEqual(["boom"]);
});

test("SDKs' own names of levels are understood", () => {
  expect(["warn", "critical", "log", "error", "whatever"].map((level) => levelOf(crumb({ level })))).toEqual([
    "warning",
    "fatal",
    "info",
    "error",
    "info",
  ]);
  expect(levelCounts([crumb(), crumb({ level: "error" }), crumb()])).toEqual([
    ["error", 1],
    ["info", 2],
  ]);
});

test("times are told against the event", () => {
  const at = "2026-11-24T10:00:01.200Z";
  expect(offset(crumb(), at)).toBe("−1.2 s");
  expect(offset(crumb({ timestamp: "2026-11-24T10:00:01.300Z" }), at)).toBe("+100 ms");
  expect(offset(crumb({ timestamp: null }), at)).toBe("");
});

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1200, "1.2 s"],
  [42_000, "42 s"],
  [180_000, "3 min"],
  [7_200_000, "2 h"],
  [5 * 86_400_000, "5 d"],
])("%d ms is %s", (milliseconds, wanted) => {
  expect(span(milliseconds)).toBe(wanted);
});
