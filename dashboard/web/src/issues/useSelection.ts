import { useMemo, useState } from "react";
import { toggleRange } from "./bulk";

export interface Selection {
  ids: ReadonlySet<string>;
  toggle: (id: string, range: boolean) => void;
  all: (on: boolean) => void;
  /** Rows that did not change stay ticked. */
  keepOnly: (ids: Iterable<string>) => void;
}

/** Which of the shown rows are ticked; a row that is gone is not. */
export function useSelection(shown: readonly string[]): Selection {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState<string | null>(null);
  const ids = useMemo(() => new Set(shown.filter((id) => ticked.has(id))), [shown, ticked]);
  return {
    ids,
    toggle: (id, range) => {
      setTicked(toggleRange(shown, ids, range ? last : null, id));
      setLast(id);
    },
    all: (on) => setTicked(new Set(on ? shown : [])),
    keepOnly: (kept) => setTicked(new Set(kept)),
  };
}
