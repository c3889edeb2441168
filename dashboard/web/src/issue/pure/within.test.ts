import { expect, it } from "vitest";
import { filterOf, readWithin, withinOf } from "./within";

it("keeps the environment in the address and says it in the search language", () => {
  expect(readWithin({ environment: "production", other: 1 })).toEqual({ environment: "production" });
  expect(readWithin({ environment: "" })).toEqual({});
  expect(filterOf({ environment: "north west" })).toBe('environment:"north west"');
  expect(filterOf({})).toBe("");
});

it("takes over the one environment that the list was narrowed to", () => {
  expect(withinOf("is:unresolved environment:production timeout")).toEqual({ environment: "production" });
  expect(withinOf('environment:"north west"')).toEqual({ environment: "north west" });
  for (const several of ["environment:a environment:b", "!environment:a", "environment:prod*", "timeout"]) {
    expect(withinOf(several)).toEqual({});
  }
});
