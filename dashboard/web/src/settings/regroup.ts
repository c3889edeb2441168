// What a regroup says, in words and rows. Its result is the server's JSON; what is missing there is nothing.
import { count, plural } from "../common/numbers";

export interface Row {
  readonly kind: "merge" | "split";
  readonly title: string;
  readonly issues: string;
  readonly events: number;
  readonly users: number;
}

type Result = Readonly<Record<string, unknown>>;

const OVER = new Set(["done", "failed", "cancelled"]);

export const isOver = (state: string): boolean => OVER.has(state);

export function summary(result: Result): string {
  const [before, after] = [number(result, "issues_before"), number(result, "issues_after")];
  const changing = number(result, "events_changing");
  if (list(result, "merges").length + list(result, "splits").length === 0 && before === after) {
    return `Nothing would change: ${plural(number(result, "events"), "event")}, ${plural(before, "issue")}.`;
  }
  return (
    `${plural(before, "issue")} would be ${count(after)}: ${plural(number(result, "merges_total"), "merge")}, ` +
    `${plural(number(result, "splits_total"), "split")}. ${count(changing)} of ${plural(number(result, "events"), "event")} ` +
    `would have another fingerprint.`
  );
}

/** Of an application that has ended. */
export function done(result: Result): string {
  if (result["changed"] === false) return "History is grouped by these settings already.";
  return typeof result["undoes"] === "number" ? "The regroup is undone." : "History is regrouped.";
}

export function rows(result: Result): Row[] {
  const merges = list(result, "merges").map((one): Row => ({
    kind: "merge",
    title: text(one, "title"),
    issues: list(one, "from")
      .map((part) => named(part))
      .join(", "),
    events: number(one, "events"),
    users: number(one, "users"),
  }));
  const splits = list(result, "splits").map((one): Row => {
    const parts = list(one, "into");
    return {
      kind: "split",
      title: text(one, "title"),
      issues: `${text(one, "short_id")} into ${parts.map((part) => named(part)).join(", ")}`,
      events: number(one, "events"),
      users: parts.reduce((sum, part) => sum + number(part, "users"), 0),
    };
  });
  return [...merges, ...splits].sort((one, other) => other.events - one.events);
}

export function overridden(result: Result): string {
  const found = number(result, "decisions_overridden");
  return found === 0
    ? ""
    : `${plural(found, "fingerprint")} would unite what people keep apart: the side with more events would win.`;
}

const named = (part: Result): string => `${text(part, "short_id") || "a new issue"} (${count(number(part, "events"))})`;
const number = (from: Result, name: string): number => (typeof from[name] === "number" ? from[name] : 0);
const text = (from: Result, name: string): string => (typeof from[name] === "string" ? from[name] : "");
const list = (from: Result, name: string): Result[] =>
  Array.isArray(from[name]) ? from[name].filter((one): one is Result => typeof one === "object" && one !== null) : [];
