/** A rule as a sentence, so that a list of rules can be read. */
import { duration } from "../common/time";
import type { RuleBody } from "./useRules";

type Trigger = RuleBody["triggers"][number];

export const TRIGGERS: readonly { value: Trigger; label: string; says: string }[] = [
  { value: "new_issue", label: "a new issue appears", says: "the first event of an issue" },
  { value: "regression", label: "a resolved issue comes back", says: "an event after its resolution" },
  { value: "escalating", label: "an issue escalates", says: "more than 3 times its busiest hour of the past week" },
  { value: "unignored", label: "an ignored issue comes back", says: "what it was ignored until has happened" },
  { value: "assigned", label: "an issue is assigned", says: "by somebody, or by an ownership rule" },
  { value: "frequency", label: "an issue has many events", says: "at exactly the number below, then it counts anew" },
  { value: "users", label: "an issue meets many users", says: "at exactly the number below, then it counts anew" },
  { value: "event", label: "any event arrives", says: "one message an issue at a time; set a pause below" },
];

/** Triggers that count, and what. */
const COUNTED = { frequency: "events", users: "users" } as const;

export const WINDOWS = [60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400].map((seconds) => ({
  value: String(seconds),
  label: `within ${duration(seconds)}`,
}));

export const LEVELS = ["fatal", "error", "warning", "info", "debug"] as const;

export const COOLDOWNS = [0, 300, 900, 3600, 4 * 3600, 86_400, 7 * 86_400].map((seconds) => ({
  value: String(seconds),
  label: seconds === 0 ? "every time" : `at most once per issue in ${duration(seconds)}`,
}));

/** "When a new issue appears or a resolved issue comes back, at level error, in production: mail to a@b; at most once ..." */
export function sentence(rule: RuleBody): string {
  const when = TRIGGERS.filter(({ value }) => rule.triggers.includes(value)).map(({ value, label }) =>
    value === "frequency" || value === "users"
      ? `an issue has ${rule[COUNTED[value]]} ${COUNTED[value]} in ${duration(rule.window_seconds)}`
      : label,
  );
  const levels = rule.levels.length ? `, at level ${rule.levels.join(" or ")}` : "";
  const environments = rule.environments.length ? `, in ${rule.environments.join(" or ")}` : "";
  const pause = rule.cooldown_seconds ? `, at most once per issue in ${duration(rule.cooldown_seconds)}` : "";
  return `When ${when.join(" or ")}${levels}${environments}${pause}.`;
}

export const blankRule = (email: string): RuleBody => ({
  name: "",
  triggers: ["new_issue", "regression"],
  levels: [],
  environments: [],
  events: 100,
  users: 10,
  window_seconds: 3600,
  cooldown_seconds: 0,
  actions: email ? [{ channel: "mail", target: email, secret: "" }] : [],
  enabled: true,
});

/** What a form may change of a rule that exists. */
export const bodyOf = ({
  name,
  triggers,
  levels,
  environments,
  events,
  users,
  window_seconds,
  cooldown_seconds,
  actions,
  enabled,
}: RuleBody): RuleBody => ({
  name,
  triggers,
  levels,
  environments,
  events,
  users,
  window_seconds,
  cooldown_seconds,
  actions: actions.map(({ channel, target }) => ({ channel, target, secret: "" })),
  enabled,
});
