// What happened to an issue, a sentence an entry.
import { duration } from "../../common/time";
import type { ActivityEntry } from "../types";

const VERBS: Readonly<Record<string, string>> = {
  resolved: "resolved it",
  ignored: "ignored it",
  unresolved: "reopened it",
};

/** Kinds whose reason is what a person wrote. */
const SAID = new Set([
  "status_changed",
  "assigned",
  "priority_changed",
  "merged",
  "merged_into",
  "unmerged",
  "unmerged_from",
  "events_moved",
  "events_moved_here",
  "grouping_undone",
]);

export function sentence(entry: ActivityEntry): string {
  switch (entry.kind) {
    case "issue_new":
      return "First seen";
    case "issue_regressed":
      return `Came back${named(entry, "release", " in ")}`;
    case "issue_escalating":
      return `Escalates: ${entry.reason}`;
    case "issue_unignored":
      return `No longer ignored: ${entry.reason}`;
    case "issue_ongoing":
      return `Ongoing: it was ${entry.reason}`;
    case "assigned":
      return assigned(entry);
    case "priority_changed":
      return `${who(entry.actor)} ${entry.data["computed"] ? "left the priority to Seiche, which says" : "set the priority to"} ${text(entry.data["to"])}`;
    case "status_changed":
      return `${who(entry.actor)} ${VERBS[text(entry.data["to"])] ?? `set it to ${text(entry.data["to"])}`}${where(entry)}`;
    case "fingerprint_joined":
      return `Look-alike joined: ${entry.reason}${named(entry, "release", " in ")}`;
    case "merged":
      return `${who(entry.actor)} merged ${names(entry.data["merged"])} into it`;
    case "merged_into":
      return `${who(entry.actor)} merged it into ${text(entry.data["into"])}`;
    case "unmerged":
      return `${who(entry.actor)} took a part out: ${text(entry.data["to"])}`;
    case "unmerged_from":
      return `${who(entry.actor)} took it out of ${text(entry.data["from"])}`;
    case "events_moved":
      return `${who(entry.actor)} moved events to ${text(entry.data["to"])}`;
    case "events_moved_here":
      return `${who(entry.actor)} moved events here from ${text(entry.data["from"])}`;
    case "grouping_undone":
      return `${who(entry.actor)} undid a ${text(entry.data["kind"])}`;
    case "regrouped":
      return `${who(entry.actor)} ${entry.data["undoes"] === undefined ? "regrouped history" : "undid a regroup of history"}`;
    case "notified":
      return `Notified: ${entry.reason}`;
    case "notification_failed":
      return `Notification failed: ${entry.reason}`;
    default:
      return [entry.kind.replaceAll("_", " "), entry.reason].filter(Boolean).join(": ");
  }
}

/** What the actor said; sentences that already hold the reason, and Seiche's own standing ones, need it no second time. */
export function remark(entry: ActivityEntry): string {
  return SAID.has(entry.kind) ? entry.reason : "";
}

function assigned(entry: ActivityEntry): string {
  const to = text(entry.data["to"]);
  if (to === "") return `${who(entry.actor)} took it from ${text(entry.data["from"])}`;
  return to === entry.actor ? `${to} took it` : `${who(entry.actor)} assigned it to ${to}`;
}

/** Where the fix is, or what ends the ignoring. */
function where(entry: ActivityEntry): string {
  const release = text(entry.data["release"]);
  switch (entry.data["how"]) {
    case "commit":
      return ` by commit ${text(entry.data["commit"]).slice(0, 12)}`;
    case "next_release":
      return release ? ` in the release after ${release}` : " in the next release";
    default:
      return release ? ` in ${release}` : until(entry.data["until"]);
  }
}

function until(conditions: unknown): string {
  if (typeof conditions !== "object" || conditions === null) return "";
  const { until_us, events, users, window_seconds, next_release, escalating } = conditions as Record<string, unknown>;
  const within = typeof window_seconds === "number" ? ` within ${duration(window_seconds)}` : "";
  const ends = [
    ...(typeof until_us === "number" ? [new Date(until_us / 1000).toLocaleString()] : []),
    ...(typeof events === "number" ? [`${events} more events${within}`] : []),
    ...(typeof users === "number" ? [`${users} more users${within}`] : []),
    ...(next_release ? ["the next release"] : []),
    ...(escalating ? ["it escalates"] : []),
  ];
  return ends.length > 0 ? ` until ${ends.join(", or ")}` : "";
}

function who(actor: string): string {
  if (actor === "seiche") return "Seiche";
  return actor.startsWith("token:") ? `The token “${actor.slice("token:".length)}”` : actor || "Somebody";
}

function named(entry: ActivityEntry, key: string, before: string): string {
  const value = text(entry.data[key]);
  return value ? `${before}${value}` : "";
}

function names(value: unknown): string {
  const found = Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  return found.length > 3 ? `${found.slice(0, 3).join(", ")} and ${found.length - 3} more` : found.join(", ");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
