import { expect, test } from "vitest";
import { grouped, named, type Lacking } from "./missing";

const lacking = (more: Partial<Lacking>): Lacking => ({
  release: "shop@1",
  dist: "",
  file: "https://shop.example.org/app.js",
  debug_id: "",
  reason: "release_without_artifacts",
  text: "",
  what_to_do: "Upload.",
  command: "sentry-cli",
  frames: 3,
  events: 1,
  first_seen: "2026-11-26T00:00:00Z",
  last_seen: "2026-11-26T00:00:00Z",
  event_id: "1",
  issue_id: null,
  issue_short_id: "",
  issue_title: "",
  uploaded_since: null,
  ...more,
});

test("what one command mends is one group, in the order of the newest", () => {
  const groups = grouped([
    lacking({ release: "shop@2" }),
    lacking({ file: "b.js" }),
    lacking({ release: "shop@2", file: "c.js" }),
    lacking({ release: "shop@2", dist: "7" }),
    lacking({ reason: "no_token" }),
  ]);
  expect(groups.map(({ title, files }) => [title, files.length])).toEqual([
    ["shop@2: nothing was uploaded", 2],
    ["shop@1: nothing was uploaded", 1],
    ["shop@2, dist 7: nothing was uploaded", 1],
    ["shop@1: maps of another build", 1],
  ]);
});

test("an event without a release and a reason that this dashboard does not know", () => {
  expect(grouped([lacking({ release: "", reason: "some_day" })])[0]?.title).toBe("No release: some day");
});

test("a line is named by its file, else by the mapping's id", () => {
  expect(named(lacking({}))).toBe("https://shop.example.org/app.js");
  expect(named(lacking({ file: "", debug_id: "2c1f" }))).toBe("2c1f");
  expect(named(lacking({ file: "" }))).toBe("other files");
});
