// Why events are one issue, in words. The registry records what went into each fingerprint, and by which rule it was joined.
import type { Fingerprint } from "../types";

export interface Explanation {
  /** What was compared. */
  readonly compared: string;
  /** How the fingerprint came to this issue. */
  readonly joined: string;
}

export function explain(fingerprint: Fingerprint): Explanation {
  return { compared: compared(new Set(fingerprint.components.map((part) => part.name))), joined: joined(fingerprint) };
}

function compared(names: ReadonlySet<string>): string {
  if (names.has("fingerprint")) return "The SDK named the fingerprint itself, so nothing else was looked at.";
  if (names.has("reason"))
    return "These events could not be read. One issue per project holds them all, so that none is lost.";
  if (names.has("message")) {
    const kind = names.has("type") ? "the same type and " : "";
    return `There is no stack to go by: events with ${kind}the same message, once what varies is masked (<number>, <email>, …), are one issue.`;
  }
  if (names.has("module") || names.has("file")) {
    return "Events whose root cause has the same type and was raised in the same place of your own code are one issue. Line numbers and messages are not compared, so a deploy does not split it.";
  }
  return "Events with the same values below are one issue.";
}

function joined({ rule, score }: Fingerprint): string {
  if (rule === "unseen") return "No earlier event had these values, so they opened this issue.";
  return `Joined to this issue by the rule “${rule}”${score < 1 ? `, ${Math.round(score * 100)} % alike` : ""}.`;
}

const NAMES: Readonly<Record<string, string>> = {
  type: "Type",
  module: "Module",
  file: "File",
  function: "Function",
  message: "Masked message",
  fingerprint: "Fingerprint",
  reason: "Reason",
};

export function componentName(name: string): string {
  return NAMES[name] ?? name;
}
