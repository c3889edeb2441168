// The page's keys: one list makes them work and fills the sheet that explains them.
import { useHotkeys, useLocalStorage, type HotkeyItem } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { copyStack } from "../stack/CopyMenu";
import type { Issue, IssueEvent } from "../types";
import { LATEST } from "./queries";
import { useChoose } from "./useOwners";
import type { StatusChange } from "./useStatus";

export interface PageKey {
  /** As `useHotkeys` of Mantine takes it. */
  readonly key: string;
  readonly says: string;
  readonly act: () => void;
}

interface Page {
  readonly issue: Issue;
  readonly event: IssueEvent | undefined;
  readonly status: StatusChange;
  readonly appOnly: boolean;
  readonly onAppOnly: (appOnly: boolean) => void;
  readonly onHelp: () => void;
}

export interface PageKeys {
  readonly keys: readonly PageKey[];
  /** People who speak to their computer switch single letters off (WCAG 2.1.4). */
  readonly enabled: boolean;
  readonly setEnabled: (enabled: boolean) => void;
}

/** The issue list resolves with `e`; some keyboards have `?` without shift. */
function aliases(status: StatusChange, onHelp: () => void): HotkeyItem[] {
  return [
    ["e", () => status.change("resolved")],
    ["?", onHelp],
  ];
}

export function usePageKeys({ issue, event, status, appOnly, onAppOnly, onHelp }: Page): PageKeys {
  const navigate = useNavigate();
  const choose = useChoose(issue);
  const [enabled, setEnabled] = useLocalStorage({
    key: "seiche-keys",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  const go = (eventId: string | null | undefined) => {
    if (!eventId || eventId === event?.event_id) return;
    void navigate({
      to: "/issues/$issueId/events/$eventId",
      params: { issueId: issue.id, eventId },
      search: true,
      resetScroll: false,
      replace: true,
    });
  };
  const keys: PageKey[] = [
    { key: "r", says: "Resolve", act: () => status.change("resolved") },
    { key: "i", says: "Ignore", act: () => status.change("ignored") },
    { key: "u", says: "Reopen", act: () => status.change("unresolved") },
    { key: "m", says: "Assign to me", act: () => choose.mutate({ assignee: "me" }) },
    { key: "z", says: "Undo the last decision", act: status.undo },
    { key: "h", says: "Older event", act: () => go(event?.older_event_id) },
    { key: "l", says: "Newer event", act: () => go(event?.newer_event_id) },
    { key: "shift+h", says: "Oldest event", act: () => go(issue.first_event_id) },
    { key: "shift+l", says: "Newest event", act: () => go(event?.newer_event_id && LATEST) },
    { key: "a", says: "App frames or all frames", act: () => onAppOnly(!appOnly) },
    { key: "c", says: "Copy the stack as text", act: () => event && void copyStack(event) },
    {
      key: "b",
      says: "Back to the issues",
      act: () => void navigate({ to: "/projects/$slug/issues", params: { slug: issue.project } }),
    },
    { key: "shift+?", says: "This sheet", act: onHelp },
  ];
  useHotkeys(enabled ? [...keys.map(({ key, act }): HotkeyItem => [key, act]), ...aliases(status, onHelp)] : []);
  return { keys, enabled, setEnabled };
}
