import { expect, it } from "vitest";
import { readIssueSearch } from "./search";

it("keeps what it knows of an address", () => {
  expect(readIssueSearch({ query: "level:error", sort: "users", page: 3 })).toEqual({
    query: "level:error",
    sort: "users",
  });
});
it("tells an empty query from a missing one", () => {
  expect(readIssueSearch({ query: "" })).toEqual({ query: "" });
  expect(readIssueSearch({})).toEqual({});
});
it("drops an unknown order, takes a number as text, and cuts what is too long", () => {
  expect(readIssueSearch({ sort: "priority", query: 500 })).toEqual({ query: "500" });
  expect(readIssueSearch({ query: "x".repeat(2000) }).query).toHaveLength(1000);
});
