import { describe, expect, it } from "vitest";
import type { Schemas } from "../api/client";
import { newIssues, previewQueries } from "./preview";
import { blankRule, bodyOf, sentence } from "./words";

describe("sentence", () => {
  it("says a whole rule", () => {
    const rule = {
      ...blankRule("a@b.c"),
      levels: ["error", "fatal"],
      environments: ["production"],
      cooldown_seconds: 3600,
    };
    expect(sentence(rule)).toBe(
      "When a new issue appears or a resolved issue comes back, at level error or fatal, in production, at most once per issue in 1 h.",
    );
  });
  it("says no more than there is", () => {
    expect(sentence({ ...blankRule(""), triggers: ["event"] })).toBe("When any event arrives.");
  });
});

describe("bodyOf", () => {
  it("sends no secret and nothing that the server counts", () => {
    const rule = { ...blankRule(""), actions: [{ channel: "webhook", target: "https://x.y", secret: "s" }] } as const;
    const view: Schemas["AlertRuleView"] = { ...rule, actions: [...rule.actions], id: "1", fired: 3, last_error: "no" };
    expect(bodyOf(view)).toEqual({ ...rule, actions: [{ channel: "webhook", target: "https://x.y", secret: "" }] });
  });
});

describe("the preview", () => {
  const now = Date.parse("2026-03-08T00:00:00Z");
  const row = (id: string, first_seen: string, level: string) => ({ id, first_seen, level }) as Schemas["IssueRow"];

  it("asks once for each environment, quoted", () => {
    expect(previewQueries({ environments: [] })).toEqual([""]);
    expect(previewQueries({ environments: ["a b", "prod"] })).toEqual(['environment:"a b"', 'environment:"prod"']);
  });
  it("finds each new issue of its levels once, newest first", () => {
    const old = row("1", "2026-02-28T00:00:00Z", "error");
    const info = row("2", "2026-03-05T00:00:00Z", "info");
    const early = row("3", "2026-03-02T00:00:00Z", "error");
    const late = row("4", "2026-03-07T00:00:00Z", "error");
    const found = newIssues(
      [
        [late, early, old],
        [info, late],
      ],
      { levels: ["error"] },
      now,
    );
    expect(found.map(({ id }) => id)).toEqual(["4", "3"]);
  });
});
