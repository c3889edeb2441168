import { useWindowEvent } from "@mantine/hooks";
import type { RefObject } from "react";
import type { IssueRow } from "./search";

/** What the keys do, for the sheet that `?` opens. */
export const LIST_KEYS = [
  { keys: "j", says: "next issue" },
  { keys: "k", says: "previous issue" },
  { keys: "Enter", says: "open the issue" },
  { keys: "x", says: "select or deselect" },
  { keys: "e", says: "resolve" },
  { keys: "i", says: "ignore" },
  { keys: "u", says: "reopen" },
  { keys: "m", says: "assign to me" },
  { keys: "/", says: "search" },
  { keys: "?", says: "show these keys" },
] as const;

interface Keys {
  list: RefObject<HTMLElement | null>;
  search: RefObject<HTMLInputElement | null>;
  toggle: (id: string) => void;
  change: (status: IssueRow["status"], focusedId: string | null) => void;
  take: (focusedId: string | null) => void;
  showKeys: () => void;
}

/** The focused row is the one whose link has the browser's focus, so that Enter and screen readers need nothing of ours. */
export function useListKeys({ list, search, toggle, change, take, showKeys }: Keys): void {
  const rows = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>("[data-issue]") ?? [])];
  const focused = (): HTMLElement | null => document.activeElement?.closest<HTMLElement>("[data-issue]") ?? null;
  const focusedId = (): string | null => focused()?.dataset["issue"] ?? null;
  const move = (by: number): void => {
    const all = rows();
    const at = focused();
    const next =
      at === null ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, all.indexOf(at) + by));
    const row = all[next];
    row?.querySelector("a")?.focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  const actions: Readonly<Record<string, () => void>> = {
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const id = focusedId();
      if (id !== null) toggle(id);
    },
    e: () => change("resolved", focusedId()),
    i: () => change("ignored", focusedId()),
    u: () => change("unresolved", focusedId()),
    m: () => take(focusedId()),
    "/": () => search.current?.focus(),
    "?": showKeys,
  };
  useWindowEvent("keydown", (event) => {
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return;
    event.preventDefault();
    action();
  });
}

/** In a text field a letter is a letter, and in a dialog the list behind it is out of reach; a ticked box is neither. */
function isElsewhere(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const writes = target.closest(
    "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]",
  );
  return writes !== null || document.querySelector("[role=dialog]") !== null;
}
