import { expect, it } from "vitest";
import { verdict } from "./verdict";

const runs = { name: "web", state: "running", pid: 1, restarts: 0, since: null };

it("is well when everything runs and nobody is far behind", () => {
  const ops = { ...runs, name: "ops", state: "on demand" };
  expect(verdict({ processes: [runs, ops], consumers: [{ name: "alerts", offset: 5, lag: 3 }], canary: null })).toEqual(
    {
      ok: true,
      says: "2 processes run.",
    },
  );
});
it("names what is down and what is behind", () => {
  const down = { ...runs, name: "olap", state: "restarting" };
  const behind = [{ name: "pipeline", offset: 0, lag: 20_000 }];
  const told = verdict({ processes: [runs, down], consumers: behind, canary: null });
  expect(told).toEqual({ ok: false, says: "olap is restarting. pipeline is 20000 records behind." });
});
it("says what the canary found", () => {
  const canary = { hops: [], last_sent_at: null, last_through_at: null, problem: "it waits before silver" };
  expect(verdict({ processes: [runs], consumers: [], canary })).toEqual({ ok: false, says: "It waits before silver." });
});
