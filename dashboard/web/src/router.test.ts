import { expect, it } from "vitest";
import { safeNext } from "./router";

it.each([
  ["/issues/1?x=1", "/issues/1?x=1"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  [undefined, "/"],
])("after signing in, %s leads to %s", (given, to) => {
  expect(safeNext(given)).toBe(to);
});
