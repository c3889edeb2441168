// Resolve, ignore and reopen: shown at once, taken back where the server refuses, with a way to undo.
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap, type Schemas } from "../../api/client";
import { issueOptions, issuesKey } from "../../api/queries";
import { showFailure } from "../../common/toasts";
import type { Issue, Status } from "../types";
import { activityKey } from "./queries";

const SAID: Record<Status, string> = { resolved: "Resolved", ignored: "Ignored", unresolved: "Reopened" };
const NOTICE = "issue-status";
const NOTICE_MILLISECONDS = 8000;

/** Where the fix is, or what ends the ignoring. */
export type How = Pick<Schemas["IssuePatch"], "resolve" | "ignore" | "reason">;

interface Asked {
  readonly to: Status;
  readonly how: Partial<How>;
}

export interface StatusChange {
  readonly change: (to: Status, how?: Partial<How>) => void;
  /** Takes back this page's last decision; nothing where there was none. */
  readonly undo: () => void;
  readonly pending: boolean;
}

export function useStatus(issue: Issue): StatusChange {
  const client = useQueryClient();
  const { queryKey } = issueOptions(issue.id);
  const [earlier, setEarlier] = useState<Status | null>(null);
  const mutation = useMutation({
    mutationFn: ({ to, how }: Asked) =>
      unwrap(
        api.PATCH("/api/v1/issues/{issue_id}", {
          params: { path: { issue_id: issue.id } },
          body: { status: to, reason: "", ...how },
        }),
      ),
    onMutate: async ({ to }) => {
      await client.cancelQueries({ queryKey });
      const before = client.getQueryData(queryKey);
      client.setQueryData(queryKey, (shown) => shown && decided(shown, to));
      return { before };
    },
    onSuccess: (answer, { to }, { before }) => {
      client.setQueryData(queryKey, answer);
      const back = before?.status ?? null;
      setEarlier(back);
      say(`${SAID[to]} ${issue.short_id}.`, back && (() => mutation.mutate({ to: back, how: {} })));
    },
    onError: (error, _to, made) => {
      if (made?.before) client.setQueryData(queryKey, made.before);
      showFailure(`${issue.short_id} stays as it was`, error);
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: activityKey(issue.id) }),
        client.invalidateQueries({ queryKey: issuesKey(issue.project) }),
      ]),
  });
  const change = (to: Status, how: Partial<How> = {}) => {
    if ((to !== issue.status || how.resolve || how.ignore) && !mutation.isPending) mutation.mutate({ to, how });
  };
  return {
    change,
    undo: () => earlier && change(earlier),
    pending: mutation.isPending,
  };
}

/** What the server will answer, shown before it does. */
function decided(shown: Issue, to: Status): Issue {
  return { ...shown, status: to, substatus: to === "unresolved" ? "reopened" : "", resolution: null, ignoring: null };
}

function say(text: string, undo: (() => void) | null): void {
  notifications.hide(NOTICE);
  notifications.show({
    id: NOTICE,
    color: "teal",
    autoClose: NOTICE_MILLISECONDS,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{text}</Text>
        {undo && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              notifications.hide(NOTICE);
              undo();
            }}
          >
            Undo
          </Button>
        )}
      </Group>
    ),
  });
}
