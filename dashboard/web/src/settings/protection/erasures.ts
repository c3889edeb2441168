/** How far an erasure is, in words. Pure. */
import type { Schemas } from "../../api/client";
import { plural } from "../../common/numbers";

type Erasure = Pick<Schemas["ErasureView"], "state" | "hours_left">;

export const isOpen = ({ state }: Erasure): boolean => state === "queued" || state === "running";

export function stateWords({ state, hours_left }: Erasure): string {
  switch (state) {
    case "queued":
      return "queued";
    case "running":
      return hours_left === 0 ? "almost through" : `${plural(hours_left, "hour")} of events left`;
    case "erased":
      return "erased; old files go within hours";
    case "done":
      return "erased, old files too";
  }
}
