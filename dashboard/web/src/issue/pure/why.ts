// Why events are one issue, in words. The registry records what went into each fingerprint, and by which rule it was joined.
import type { Fingerprint } from "../types";

export interface Explanation {
  /** What was compared. */
  readonly compared: string;
  /** How the fingerprint came to this issue. */
  readonly joined: string;
}

export function explain(fingerprint: Fingerprint): Explanation {
  return {
    compared: compared(new Set(fingerprint.components.map((part) => part.name)), fingerprint.rule),
    joined: joined(fingerprint),
  };
}

function compared(names: ReadonlySet<string>, rule: string): string {
  if (names.has("fingerprint rule")) return "A fingerprint rule of the project decides, so nothing else was looked at.";
  if (names.has("fingerprint")) return "The SDK named the fingerprint itself, so nothing else was looked at.";
  if (names.has("reason"))
    return "These events could not be read. One issue per project holds them all, so that none is lost.";
  if (names.has("cycle"))
    return "A stack overflow: the functions that call each other in a circle tell one from another.";
  if (names.has("module") || names.has("file")) {
    return "Events whose root cause has the same type and was raised in the same place of your own code are one issue. Line numbers and messages are not compared, so a deploy does not split it.";
  }
  if (names.has("position")) {
    return "Minified code without source maps: its position in this build, and the message. The next build is recognised by its likeness.";
  }
  if (names.has("place") && names.has("message")) {
    return "No frame of your own code is in the stack: the failing frame of the library and the masked message.";
  }
  if ([...names].some((name) => name.startsWith("helper"))) {
    return "The error was raised by a helper on behalf of its caller, so both count. Line numbers and local names are not compared.";
  }
  if (names.has("place")) {
    return "Events with the same type, raised by the same line of the same function of your own code. Line numbers and local names are not compared, so a deploy does not split the issue.";
  }
  if (names.has("message")) {
    const kind = names.has("type") ? "the same type and " : "";
    return `There is no stack to go by: events with ${kind}the same message, once what varies is masked (<number>, <email>, …), are one issue.`;
  }
  if (rule === "moved") return "Nothing: these are single events that people moved here.";
  if (rule === COMPANION) {
    return "The whole stack, whatever is marked as your own code: a changed in-app rule moves no event.";
  }
  return "Events with the same values below are one issue.";
}

const COMPANION = "came with it";

function joined(fingerprint: Fingerprint): string {
  const { rule, score, closest, refused_rule } = fingerprint;
  if (rule === "unseen") {
    const opened = "No earlier event had these values, so they opened this issue.";
    return closest
      ? `${opened} ${called(closest)} came closest (${percent(closest.score)} alike) but was not joined: ${refused_rule}.`
      : opened;
  }
  if (rule === COMPANION) return "An event of this issue had it as well.";
  if (rule === "same whole stack") return "The whole stack is one that this issue knows, so it joined.";
  if (rule === "known to an earlier version")
    return "The grouping version before knew it as this issue, so it stays here.";
  if (rule === "moved") return "People moved its events here, out of another issue.";
  if (rule === "merged") return "People merged it into this issue.";
  const rival = fingerprint.runner_up
    ? ` The next best was ${called(fingerprint.runner_up)}, ${percent(fingerprint.runner_up.score)} alike.`
    : "";
  const needed = fingerprint.needs === null ? "" : ` (${percent(fingerprint.needs)} is needed)`;
  return `Joined to this issue by the rule “${rule}”${score < 1 || needed ? `, ${percent(score)} alike${needed}` : ""}.${rival}`;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function called(issue: NonNullable<Fingerprint["closest"]>): string {
  return issue.short_id || "an issue that is gone";
}

const NAMES: Readonly<Record<string, string>> = {
  type: "Type",
  module: "Module",
  file: "File",
  place: "Place",
  function: "Function",
  line: "What the line says",
  message: "Masked message",
  "message begins": "Message begins with",
  logger: "Logger",
  cycle: "Circle",
  position: "Position",
  build: "Build",
  caller: "Caller",
  fingerprint: "Fingerprint",
  "fingerprint rule": "Fingerprint rule",
  "helper place": "Helper's place",
  "helper function": "Helper",
  "helper line": "Helper's line",
  reason: "Reason",
};

export function componentName(name: string): string {
  return NAMES[name] ?? name;
}
