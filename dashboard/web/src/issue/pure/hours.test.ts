import { expect, test } from "vitest";
import { hours } from "./hours";

test("the last number is the hour that it is now, whatever the minute", () => {
  const now = Date.parse("2026-11-24T10:59:59Z");
  const shown = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
  expect(hours([1, 0, 7], now)).toEqual([
    { label: shown.format(Date.parse("2026-11-24T08:00:00Z")), count: 1 },
    { label: shown.format(Date.parse("2026-11-24T09:00:00Z")), count: 0 },
    { label: shown.format(Date.parse("2026-11-24T10:00:00Z")), count: 7 },
  ]);
  expect(hours([], now)).toEqual([]);
});
