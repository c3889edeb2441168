import { expect, it } from "vitest";
import { changesOf, groupingChanges } from "./changes";

const before = { name: "Shop", retention_days: 90, scrub_defaults: true, sensitive_fields: ["pin"] };

it("sends nothing where nothing changed", () => {
  expect(changesOf(before, { ...before, name: " Shop ", sensitive_fields: ["pin"] })).toEqual({});
});
it("sends what changed, and never an empty name or no retention", () => {
  expect(changesOf(before, { ...before, name: "", retention_days: 0, scrub_defaults: false })).toEqual({
    scrub_defaults: false,
  });
  expect(changesOf(before, { ...before, sensitive_fields: [] })).toEqual({ sensitive_fields: [] });
});
it("sends of grouping only what changed", () => {
  const grouping = { grouping_version: 2, grouping_near: true, fingerprint_rules: "", stack_rules: "" };
  expect(groupingChanges(grouping, grouping)).toEqual({});
  expect(groupingChanges(grouping, { ...grouping, grouping_near: false, stack_rules: "function:x -app" })).toEqual({
    grouping_near: false,
    stack_rules: "function:x -app",
  });
  expect(groupingChanges(grouping, { ...grouping, grouping_version: 1, fingerprint_rules: "a" })).toEqual({
    grouping_version: 1,
    fingerprint_rules: "a",
  });
});
