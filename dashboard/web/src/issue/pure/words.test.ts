import { expect, test } from "vitest";
import type { ActivityEntry, Fingerprint } from "../types";
import { remark, sentence } from "./activity";
import { listQuery } from "./filters";
import { standingSentence } from "./standing";
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
    needs: null,
    refused_rule: "",
    matched: "",
    closest: null,
    runner_up: null,
    compared: [],
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
  const next = { to: "resolved", how: "next_release", release: "shop@1" };
  expect(sentence(entry({ ...changed, data: next }))).toBe("ada@example.org resolved it in the release after shop@1");
  const ignored = { to: "ignored", until: { events: 10, window_seconds: 3600, escalating: true } };
  expect(sentence(entry({ ...changed, data: ignored }))).toBe(
    "ada@example.org ignored it until 10 more events within 1 h, or it escalates",
  );
  const taken = { kind: "assigned", actor: "ada@example.org", data: { from: "", to: "ada@example.org" } };
  expect(sentence(entry(taken))).toBe("ada@example.org took it");
  expect(sentence(entry({ ...taken, actor: "seiche" }))).toBe("Seiche assigned it to ada@example.org");
  expect(sentence(entry({ ...taken, data: { from: "#cart", to: "" } }))).toBe("ada@example.org took it from #cart");
  expect(sentence(entry({ kind: "notified", reason: "mail to a@b.c" }))).toBe("Notified: mail to a@b.c");
  expect(
    sentence(entry({ kind: "fingerprint_joined", reason: "moved module (score 0.80)", data: { release: "shop@2" } })),
  ).toBe("Look-alike joined: moved module (score 0.80) in shop@2");
  expect(sentence(entry({ kind: "issue_merged", reason: "with SHOP-2" }))).toBe("issue merged: with SHOP-2");
});

test("where an issue stands", () => {
  const at = "2026-11-24T10:00:00Z";
  const resolution = { how: "next_release", release: "shop@1", commit: "", at } as const;
  expect(standingSentence({ resolution, ignoring: null })).toBe("Resolved in the release after shop@1");
  const ignoring = { events: 10, events_left: 1, users_left: null, next_release: true, escalating: false, at };
  expect(standingSentence({ resolution: null, ignoring })).toBe("Ignored until 1 more event, or the next release");
  expect(standingSentence({ resolution: null, ignoring: null })).toBe("");
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
  [["type", "place", "function", "line"], "the same line of the same function"],
  [["type", "helper place", "helper function", "place"], "a helper on behalf of its caller"],
  [["type", "place", "function", "message", "position"], "its position in this build"],
  [["type", "place", "function", "message"], "No frame of your own code"],
  [["cycle"], "A stack overflow"],
  [["fingerprint rule", "fingerprint"], "A fingerprint rule of the project"],
])("%j are explained", (names, wanted) => {
  expect(explain(fingerprint(names)).compared).toContain(wanted);
});

test("how a fingerprint was joined", () => {
  expect(explain(fingerprint(["type"])).joined).toContain("opened this issue");
  expect(explain(fingerprint(["type"], { rule: "near_duplicate", score: 0.93 })).joined).toBe(
    "Joined to this issue by the rule “near_duplicate”, 93 % alike.",
  );
  const related = { id: "7", short_id: "SHOP-7", title: "E", score: 0.6 };
  const near = { rule: "renamed function, same line", score: 0.93, needs: 0.66, runner_up: related };
  expect(explain(fingerprint(["type"], near)).joined).toBe(
    "Joined to this issue by the rule “renamed function, same line”, 93 % alike (66 % is needed). The next best was SHOP-7, 60 % alike.",
  );
  expect(
    explain(fingerprint(["type"], { closest: related, refused_rule: "too little in common: moved module" })).joined,
  ).toBe(
    "No earlier event had these values, so they opened this issue. SHOP-7 came closest (60 % alike) but was not joined: too little in common: moved module.",
  );
  expect(explain(fingerprint([], { rule: "came with it" })).compared).toContain("whatever is marked as your own code");
  expect(explain(fingerprint([], { rule: "came with it" })).joined).toBe("An event of this issue had it as well.");
  expect(explain(fingerprint(["type"], { rule: "same whole stack" })).joined).toContain("so it joined");
  expect(explain(fingerprint(["type"], { rule: "known to an earlier version" })).joined).toContain("stays here");
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
