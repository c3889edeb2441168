import { expect, test } from "vitest";
import { breakdown, reasons } from "./breakdown";

const row = (outcome: string, key: string, category: string, total: number) => ({
  outcome,
  key,
  category,
  total,
  reason: "",
  key_label: key === "a" ? "web" : "",
});
const ROWS = [
  row("received", "a", "error", 10),
  row("stored", "a", "error", 4),
  row("duplicate", "a", "error", 1),
  row("filtered", "a", "error", 2),
  row("rate_limited", "a", "error", 3),
  row("invalid", "a", "session", 1),
  row("received", "a", "session", 1),
  row("received", "b", "error", 20),
  row("stored", "b", "error", 20),
  row("client_discard", "b", "error", 7),
];

test("every line adds up, and discards stay outside", () => {
  const keys = breakdown(ROWS, "key");
  expect(keys.map(({ name, received, stored, duplicates }) => [name, received, stored, duplicates])).toEqual([
    ["b", 20, 20, 0],
    ["web", 11, 4, 1],
  ]);
  for (const line of keys) {
    const { stored, duplicates, filtered, rate_limited, invalid } = line;
    expect(stored + duplicates + filtered + rate_limited + invalid).toBe(line.received);
  }
  expect(keys[0]?.discarded).toBe(7);
  expect(breakdown(ROWS, "category").map(({ name, received }) => [name, received])).toEqual([
    ["error", 30],
    ["session", 1],
  ]);
});

test("reasons of every category, most first, without what was stored", () => {
  const two = [...ROWS, row("filtered", "b", "error", 4), row("stored", "b", "session", 9)];
  expect(reasons(two).map(({ category, outcome, total }) => [category, outcome, total])).toEqual([
    ["error", "client_discard", 7],
    ["error", "filtered", 6],
    ["error", "rate_limited", 3],
    ["error", "duplicate", 1],
    ["session", "invalid", 1],
  ]);
});
