import { describe, expect, it } from "vitest";
import { statusOf, suggestions, tokens, withStatus } from "./queryText";

describe("tokens", () => {
  it("keeps what is quoted whole", () => {
    expect(tokens('is:new "two words" !release:"my app 1.0"  cart*')).toEqual([
      "is:new",
      '"two words"',
      '!release:"my app 1.0"',
      "cart*",
    ]);
  });
  it("reads an unfinished quote to the end", () => {
    expect(tokens('release:"my app')).toEqual(['release:"my app']);
  });
});

describe("statusOf", () => {
  it.each([
    ["is:unresolved", "unresolved"],
    ["cart is:ignored level:error", "ignored"],
    ["", "all"],
    ["level:error", "all"],
    ["is:new", "other"],
    ["!is:resolved", "other"],
    ["is:resolved is:ignored", "other"],
    ['"is:resolved"', "all"],
  ])("%s", (query, status) => {
    expect(statusOf(query)).toBe(status);
  });
});

describe("withStatus", () => {
  it("replaces every status and leaves the rest in order", () => {
    expect(withStatus('cart !is:new level:error release:"a b"', "resolved")).toBe(
      'is:resolved cart level:error release:"a b"',
    );
  });
  it("takes it away for all", () => {
    expect(withStatus("is:unresolved", "all")).toBe("");
  });
  it("comes back to where it was", () => {
    expect(withStatus(withStatus("is:unresolved cart", "ignored"), "unresolved")).toBe("is:unresolved cart");
  });
});

describe("suggestions", () => {
  const words = (query: string): string[] => suggestions(query).map(({ word }) => word);
  it("offers filters before anything is typed", () => {
    expect(words("").slice(0, 5)).toEqual(["is:", "level:", "release:", "environment:", "assigned:"]);
  });
  it("offers values of a filter and completes the whole query", () => {
    expect(suggestions("cart !level:e")).toEqual([{ query: "cart !level:error", word: "!level:error", says: "" }]);
  });
  it("offers nothing for a finished word or one that no filter starts with", () => {
    expect(words("is:new")).toEqual([]);
    expect(words("cart")).toEqual([]);
  });
});
