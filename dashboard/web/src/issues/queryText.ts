/** Reading and changing the text of a search without running it: the server alone decides what it means. */

export type StatusFilter = "unresolved" | "resolved" | "ignored" | "all" | "other";

const TOKEN = /!?[\w]*:?"[^"]*"?|\S+/g;
const STATUSES = new Set(["unresolved", "resolved", "ignored"]);
const KEYS = [
  "is:",
  "level:",
  "release:",
  "environment:",
  "assigned:",
  "priority:",
  "first_release:",
  "times_seen:",
  "age:",
  "has:",
  "tags.",
  "event_id:",
] as const;
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "is:": ["unresolved", "resolved", "ignored", "new", "ongoing", "regressed", "escalating", "reopened"],
  "level:": ["fatal", "error", "warning", "info", "debug"],
  "assigned:": ["me", "none"],
  "priority:": ["high", "medium", "low"],
};
const SAYS: Readonly<Record<string, string>> = {
  "is:": "status: unresolved, resolved, ignored, new, ongoing, regressed, escalating, reopened",
  "level:": "fatal, error, warning, info, debug",
  "release:": 'for example release:shop@1.5.* or release:"my app 1.0"',
  "assigned:": "me, none, a mail address or #team",
  "priority:": "high, medium, low",
  "first_release:": "the release it appeared in",
  "times_seen:": "for example times_seen:>100",
  "age:": "for example age:<24h, age:>7d",
  "has:": "a tag, user, release or environment: has:browser",
  "tags.": "for example tags.browser:Firefox*",
  "event_id:": "a whole event id",
  "environment:": "for example environment:production; ! before a filter negates it",
};

/** Words and filters; a quoted part stays whole. */
export const tokens = (query: string): string[] => query.match(TOKEN) ?? [];

/** What the query says about status, as far as one button can show it. */
export function statusOf(query: string): StatusFilter {
  const found = tokens(query).filter((token) => /^!?is:/.test(token));
  if (found.length === 0) return "all";
  const status = found[0]?.slice("is:".length) ?? "";
  return found.length === 1 && STATUSES.has(status) ? (status as StatusFilter) : "other";
}

/** The same search among issues of another status. */
export function withStatus(query: string, status: string): string {
  const rest = tokens(query).filter((token) => !/^!?is:/.test(token));
  return [...(status === "all" ? [] : [`is:${status}`]), ...rest].join(" ");
}

export interface Suggestion {
  /** The whole query with the completed word. */
  query: string;
  word: string;
  says: string;
}

/** How the last word may go on. Nothing after a space: the reader is not in a word. */
export function suggestions(query: string): Suggestion[] {
  const last = /\S*$/.exec(query)?.[0] ?? "";
  const before = query.slice(0, query.length - last.length);
  const negated = last.startsWith("!") ? "!" : "";
  const word = last.slice(negated.length);
  const make = (made: string, says: string): Suggestion => ({
    query: before + negated + made,
    word: negated + made,
    says,
  });
  const key = KEYS.find((candidate) => word.startsWith(candidate));
  if (key) {
    const typed = word.slice(key.length);
    const fitting = (VALUES[key] ?? []).filter((value) => value.startsWith(typed) && value !== typed);
    return fitting.map((value) => make(key + value, ""));
  }
  return KEYS.filter((candidate) => candidate.startsWith(word)).map((candidate) =>
    make(candidate, SAYS[candidate] ?? ""),
  );
}
