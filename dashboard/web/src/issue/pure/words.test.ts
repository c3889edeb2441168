import { expect, test } from "vitest";
import type { ActivityEntry, Fingerprint } from "../types";
import { remark, sentence } from "./activity";
import { listQuery } from "./filters";
import { componentName, explain } from "./why";

function entry(given: Partial<ActivityEntry>): ActivityEntry {
  return {
    id: 1,
    kind: "issue_new",
    actor: "seiche",
    reason: "",
    data: {},
    at: "2026-11-24T10:00:00Z",
    issue_id: "7",
    ...given,
  };
}

function fingerprint(names: string[], given: Partial<Fingerprint> = {}): Fingerprint {
  const components = names.map((name) => ({ name, value: "x" }));
  return {
    fingerprint: "f".repeat(32),
    rule: "unseen",
    score: 1,
    version: 1,
    components,
    created_at: "2026-11-24T10:00:00Z",
    ...given,
  };
}

test("activity reads as sentences", () => {
  const changed = { kind: "status_changed", actor: "ada@example.org" };
  expect(sentence(entry({}))).toBe("First seen");
  expect(sentence(entry({ kind: "issue_regressed", data: { release: "shop@2" } }))).toBe("Came back in shop@2");
  expect(sentence(entry({ ...changed, data: { to: "resolved", release: "shop@1" } }))).toBe(
    "ada@example.org resolved it in shop@1",
  );
  expect(sentence(entry({ ...changed, actor: "token:ci", data: { to: "unresolved" } }))).toBe(
    "The token “ci” reopened it",
  );
  expect(sentence(entry({ kind: "notified", reason: "mail to a@b.c" }))).toBe("Notified: mail to a@b.c");
  expect(sentence(entry({ kind: "issue_merged", reason: "with SHOP-2" }))).toBe("issue merged: with SHOP-2");
});

test("only a decision's reason stands by itself", () => {
  expect(remark(entry({ kind: "status_changed", reason: "known and harmless" }))).toBe("known and harmless");
  expect(remark(entry({ reason: "first event" }))).toBe("");
});

test.each([
  [["type", "module", "function"], "raised in the same place"],
  [["file", "function"], "raised in the same place"],
  [["type", "message"], "the same type and the same message"],
  [["message"], "with the same message"],
  [["fingerprint"], "The SDK named the fingerprint"],
  [["reason"], "could not be read"],
  [["something newer"], "the same values"],
])("%j are explained", (names, wanted) => {
  expect(explain(fingerprint(names)).compared).toContain(wanted);
});

test("how a fingerprint was joined", () => {
  expect(explain(fingerprint(["type"])).joined).toContain("opened this issue");
  expect(explain(fingerprint(["type"], { rule: "near_duplicate", score: 0.93 })).joined).toBe(
    "Joined to this issue by the rule “near_duplicate”, 93 % alike.",
  );
  expect(componentName("message")).toBe("Masked message");
  expect(componentName("template")).toBe("template");
});

test.each([
  ["environment", "prod", "environment:prod"],
  ["release", "my app 1.0", 'release:"my app 1.0"'],
  ["release", 'a "b" \\', 'release:"a \\"b\\" \\\\"'],
  ["level", "error", "level:error"],
  ["team", "harbour", null],
  ["release", "", null],
  ["release", "******", null],
])("the list's filter for %s %s", (key, value, wanted) => {
  expect(listQuery(key, value)).toBe(wanted);
});
