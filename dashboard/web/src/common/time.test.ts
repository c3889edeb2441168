import { expect, it } from "vitest";
import { absoluteTime, ago, agoShort, duration } from "./time";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const before = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

it.each([
  [0, "just now", "now"],
  [-30, "just now", "now"],
  [59, "just now", "now"],
  [60, "1 min. ago", "1m"],
  [3599, "59 min. ago", "59m"],
  [3600, "1 hr. ago", "1h"],
  [86_400, "1 day ago", "1d"],
  [8 * 86_400, "1 wk. ago", "8d"],
  [400 * 86_400, "1 yr. ago", "1y"],
])("%d s ago", (seconds, long, short) => {
  expect(ago(before(seconds), NOW)).toBe(long);
  expect(agoShort(before(seconds), NOW)).toBe(short);
});

it("says UTC beside the viewer's own time", () => {
  expect(absoluteTime("2026-03-01T12:00:00.123456Z")).toContain("(2026-03-01 12:00:00 UTC)");
});

it.each([
  [0, "0 s"],
  [90, "90 s"],
  [900, "15 min"],
  [7200, "2 h"],
  [604_800, "7 d"],
])("%d s lasts %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
