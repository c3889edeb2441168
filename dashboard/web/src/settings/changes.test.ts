import { expect, it } from "vitest";
import { changesOf } from "./changes";

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
