import { expect, test } from "vitest";
import { FRESH, same, twice } from "./limits";

test("a limit that counts the same as an earlier one is found, whatever the order of its categories", () => {
  expect(twice([])).toBeNull();
  expect(twice([FRESH, { ...FRESH, window: "day" }, { ...FRESH, unit: "bytes" }])).toBeNull();
  expect(twice([FRESH, { ...FRESH, window: "day" }, { ...FRESH, quantity: 3 }])).toBe(2);
  const both = { ...FRESH, categories: ["error", "session"] as ("error" | "session")[] };
  expect(twice([both, { ...both, categories: ["session", "error"] }])).toBe(1);
});

test("equal values are the same", () => {
  expect(same([FRESH], [{ ...FRESH }])).toBe(true);
  expect(same([FRESH], [])).toBe(false);
});
