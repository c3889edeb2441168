import { expect, test } from "vitest";
import { asLines, asText, filterName } from "./filters";

test("lines survive being text", () => {
  for (const lines of [[], ["a"], ["a", "", "b*"]]) expect(asLines(asText(lines))).toEqual(lines);
  expect(asText(undefined)).toBe("");
});

test("filters have names for people, and unknown ones keep theirs", () => {
  expect(filterName("web-crawlers")).toBe("web crawlers");
  expect(filterName("from-the-future")).toBe("from-the-future");
});
