import { expect, it } from "vitest";
import { changeSentence } from "./grouping";

const change = { kind: "merge", actor: "ana", issues: ["1", "2"], fingerprints: 1, events: 0, undone_at: null };

it("says who did what, and whether it still holds", () => {
  expect(changeSentence(change)).toBe("ana merged 2 issues");
  expect(changeSentence({ ...change, kind: "unmerge" })).toBe("ana took 1 fingerprint out");
  expect(changeSentence({ ...change, kind: "unmerge", fingerprints: 3, undone_at: "2026-01-01T00:00:00Z" })).toBe(
    "ana took 3 fingerprints out (undone)",
  );
  expect(changeSentence({ ...change, kind: "move", events: 2 })).toBe("ana moved 2 events");
  expect(changeSentence({ ...change, kind: "novel", actor: "" })).toBe("Somebody novel");
});
