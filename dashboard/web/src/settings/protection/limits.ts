/** Limits as words and as rows of a form. Pure. */
import type { Limit } from "./useProtection";

export const WINDOWS = ["minute", "hour", "day", "month"] as const;
export const UNITS = ["events", "bytes"] as const;
export const CATEGORIES = [
  { value: "error", label: "errors" },
  { value: "attachment", label: "attachments" },
  { value: "session", label: "sessions" },
  { value: "feedback", label: "feedback" },
  { value: "security", label: "security reports" },
  { value: "monitor", label: "check-ins" },
  { value: "default", label: "anything else" },
] as const;

export const FRESH: Limit = { quantity: 1000, window: "minute", unit: "events", categories: ["error"] };

/** Which limit of a list counts the same as an earlier one: only the smaller would ever be met. */
export function twice(limits: readonly Limit[]): number | null {
  const seen = new Set<string>();
  for (const [index, { window, unit, categories }] of limits.entries()) {
    const kind = [window, unit, ...[...categories].sort()].join("/");
    if (seen.has(kind)) return index;
    seen.add(kind);
  }
  return null;
}

export const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
