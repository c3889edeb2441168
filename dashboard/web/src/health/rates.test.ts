import { expect, test } from "vitest";
import { daily, percent } from "./rates";

test.each([
  [null, "–"],
  [1, "100 %"],
  [0.99999, "99.99 %"],
  [0.5, "50 %"],
  [0.12345, "12.34 %"],
  [0, "0 %"],
])("%s is %s", (rate, text) => {
  expect(percent(rate)).toBe(text);
});

test("hours are bars up to a day, then days are", () => {
  expect(daily([1, 2, 3])).toEqual([1, 2, 3]);
  const week = daily(Array.from({ length: 168 }, () => 1));
  expect(week).toEqual(Array.from({ length: 7 }, () => 24));
});
