import { expect, it } from "vitest";
import { hopWords, seconds } from "./canary";

it("says short times in milliseconds, long ones in seconds", () => {
  expect([0.0123, 0.9, 1.25, 62, null].map(seconds)).toEqual(["12 ms", "900 ms", "1.3 s", "62.0 s", "-"]);
});
it("has words for hops, and shows those that it does not know", () => {
  expect([hopWords("decided"), hopWords("beyond")]).toEqual(["an issue", "beyond"]);
});
