// The trail before an event, filtered, with its middle folded, timed against the event.
import type { Breadcrumb } from "../types";

export const LEVELS = ["fatal", "error", "warning", "info", "debug"] as const;
export type Level = (typeof LEVELS)[number];

/** How many stay on each side of the folded middle: the beginning of the trail, and what led straight to the error. */
const KEEP_FIRST = 2;
const KEEP_LAST = 8;

export interface PlacedCrumb {
  readonly crumb: Breadcrumb;
  readonly order: number;
}

export interface Trail {
  readonly first: readonly PlacedCrumb[];
  /** Empty unless folding spares more than one line. */
  readonly folded: readonly PlacedCrumb[];
  readonly last: readonly PlacedCrumb[];
}

export function levelOf(crumb: Breadcrumb): Level {
  const named =
    crumb.level === "critical"
      ? "fatal"
      : crumb.level === "warn"
        ? "warning"
        : crumb.level === "log"
          ? "info"
          : crumb.level;
  return LEVELS.find((level) => level === named) ?? "info";
}

/** The levels that occur, gravest first, with how many crumbs each has. */
export function levelCounts(crumbs: readonly Breadcrumb[]): [Level, number][] {
  return LEVELS.map((level): [Level, number] => [
    level,
    crumbs.filter((crumb) => levelOf(crumb) === level).length,
  ]).filter(([, count]) => count > 0);
}

/** Oldest first, as they happened. `hidden` levels are left out; `whole` folds nothing. */
export function trail(crumbs: readonly Breadcrumb[], hidden: ReadonlySet<Level>, whole: boolean): Trail {
  const wanted = crumbs.map((crumb, order) => ({ crumb, order })).filter(({ crumb }) => !hidden.has(levelOf(crumb)));
  if (whole || wanted.length <= KEEP_FIRST + KEEP_LAST + 1) return { first: wanted, folded: [], last: [] };
  return {
    first: wanted.slice(0, KEEP_FIRST),
    folded: wanted.slice(KEEP_FIRST, -KEEP_LAST),
    last: wanted.slice(-KEEP_LAST),
  };
}

/** `−1.2 s`: how long before (or after) the event; "" where the SDK gave no time. */
export function offset(crumb: Breadcrumb, occurredAt: string): string {
  if (crumb.timestamp === null) return "";
  const milliseconds = Date.parse(crumb.timestamp) - Date.parse(occurredAt);
  if (Number.isNaN(milliseconds)) return "";
  return `${milliseconds > 0 ? "+" : "−"}${span(Math.abs(milliseconds))}`;
}

/** `4 ms`, `1.2 s`, `3 min`, `2 h`, `5 d`. */
export function span(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
