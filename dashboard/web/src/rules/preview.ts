/** What a rule would have told about: its conditions over the issues that exist. Pure. */
import type { Schemas } from "../api/client";
import type { RuleBody } from "./useRules";

type Row = Schemas["IssueRow"];

export const PREVIEW_DAYS = 7;

/** One query for each environment, because filters of a query must all hold. */
export function previewQueries(rule: Pick<RuleBody, "environments">): string[] {
  const environments = rule.environments;
  return environments.length === 0 ? [""] : environments.map((name) => `environment:${JSON.stringify(name)}`);
}

/** Issues whose first event is within the days, of the rule's levels, newest first, each once. */
export function newIssues(pages: readonly (readonly Row[])[], rule: Pick<RuleBody, "levels">, nowMs: number): Row[] {
  const since = nowMs - PREVIEW_DAYS * 86_400_000;
  const levels = rule.levels;
  const found = new Map<string, Row>();
  for (const row of pages.flat()) {
    if (Date.parse(row.first_seen) < since) continue;
    if (levels.length === 0 || levels.includes(row.level)) found.set(row.id, row);
  }
  return [...found.values()].sort((one, other) => Date.parse(other.first_seen) - Date.parse(one.first_seen));
}
