// What happened to an issue, a sentence an entry.
import type { ActivityEntry } from "../types";

const VERBS: Readonly<Record<string, string>> = {
  resolved: "resolved it",
  ignored: "ignored it",
  unresolved: "reopened it",
};

export function sentence(entry: ActivityEntry): string {
  switch (entry.kind) {
    case "issue_new":
      return "First seen";
    case "issue_regressed":
      return `Came back${named(entry, "release", " in ")}`;
    case "status_changed":
      return `${who(entry.actor)} ${VERBS[text(entry.data["to"])] ?? `set it to ${text(entry.data["to"])}`}${named(entry, "release", " in ")}`;
    case "fingerprint_joined":
      return `Look-alike joined: ${entry.reason}${named(entry, "release", " in ")}`;
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
  return entry.kind === "status_changed" ? entry.reason : "";
}

function who(actor: string): string {
  return actor.startsWith("token:") ? `The token “${actor.slice("token:".length)}”` : actor || "Somebody";
}

function named(entry: ActivityEntry, key: string, before: string): string {
  const value = text(entry.data[key]);
  return value ? `${before}${value}` : "";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
