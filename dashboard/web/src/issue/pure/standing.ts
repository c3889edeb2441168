// Where an issue stands, in words.
import { duration } from "../../common/time";
import type { Issue } from "../types";

/** "Resolved in the release after shop@1.1"; "" where the badge says it all. */
export function standingSentence(issue: Pick<Issue, "resolution" | "ignoring">): string {
  const { resolution, ignoring } = issue;
  if (resolution) {
    const { how, release, commit } = resolution;
    if (how === "release") return `Resolved in ${release}`;
    if (how === "commit") return `Resolved by commit ${commit.slice(0, 12)}`;
    if (how === "next_release") return `Resolved in the ${release ? `release after ${release}` : "next release"}`;
    return "";
  }
  const ends = ignoring ? untilWhat(ignoring) : [];
  return ends.length > 0 ? `Ignored until ${ends.join(", or ")}` : "";
}

function untilWhat(ignoring: NonNullable<Issue["ignoring"]>): string[] {
  const { until, events, users, events_left, users_left, window_seconds, next_release, escalating } = ignoring;
  const within = window_seconds ? ` within ${duration(window_seconds)}` : "";
  return [
    ...(until ? [new Date(until).toLocaleString()] : []),
    ...(events ? [`${events_left ?? events} more ${events_left === 1 ? "event" : "events"}${within}`] : []),
    ...(users ? [`${users_left ?? users} more ${users_left === 1 ? "user" : "users"}${within}`] : []),
    ...(next_release ? ["the next release"] : []),
    ...(escalating ? ["it escalates"] : []),
  ];
}
