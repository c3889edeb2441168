// What people did to groups, a sentence a change.
import type { Schemas } from "../../api/client";

type Change = Pick<Schemas["ChangeView"], "kind" | "actor" | "issues" | "fingerprints" | "events" | "undone_at">;

const DID: Readonly<Record<string, (change: Change) => string>> = {
  merge: (change) => `merged ${change.issues.length} issues`,
  unmerge: (change) => `took ${change.fingerprints} ${change.fingerprints === 1 ? "fingerprint" : "fingerprints"} out`,
  move: (change) => `moved ${change.events} ${change.events === 1 ? "event" : "events"}`,
  undo: () => "undid a change",
  regroup: () => "regrouped history",
};

export function changeSentence(change: Change): string {
  const did = DID[change.kind]?.(change) ?? change.kind;
  return `${change.actor || "Somebody"} ${did}${change.undone_at ? " (undone)" : ""}`;
}
