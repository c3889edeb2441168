import { expect, test } from "vitest";
import { isOpen, stateWords } from "./erasures";

test("an erasure says how far it is, and is asked about until it is through", () => {
  const said = (state: "queued" | "running" | "erased" | "done", hours_left = 0) => [
    stateWords({ state, hours_left }),
    isOpen({ state, hours_left }),
  ];
  expect(said("queued")).toEqual(["queued", true]);
  expect(said("running", 1)).toEqual(["1 hour of events left", true]);
  expect(said("running", 1200)).toEqual(["1,200 hours of events left", true]);
  expect(said("running")).toEqual(["almost through", true]);
  expect(said("erased")).toEqual(["erased; old files go within hours", false]);
  expect(said("done")).toEqual(["erased, old files too", false]);
});
