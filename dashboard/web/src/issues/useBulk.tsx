import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../api/client";
import { issuesKey, projectsOptions } from "../api/queries";
import { plural } from "../common/numbers";
import { showFailure } from "../common/toasts";
import { byStatus, whatFailed } from "./bulk";
import type { IssueRow } from "./search";

type Status = IssueRow["status"];
type Result = Schemas["BulkResult"];
export interface Change {
  rows: readonly IssueRow[];
  status: Status;
}

const DONE: Readonly<Record<Status, string>> = { resolved: "resolved", ignored: "ignored", unresolved: "reopened" };

const patch = (slug: string, ids: readonly string[], status: Status): Promise<Result> =>
  unwrap(
    api.PATCH("/api/v1/projects/{slug}/issues", {
      params: { path: { slug } },
      body: { ids: [...ids], status, reason: "" },
    }),
  );

/** Changes many issues at once, says what did not work and why, and offers the way back. */
export function useBulk(slug: string): UseMutationResult<Result, Error, Change> {
  const client = useQueryClient();
  const refresh = () =>
    Promise.all([client.invalidateQueries({ queryKey: issuesKey(slug) }), client.invalidateQueries(projectsOptions)]);
  const undo = useMutation({
    mutationFn: (rows: readonly IssueRow[]) =>
      Promise.all(Object.entries(byStatus(rows)).map(([status, ids]) => patch(slug, ids, status as Status))),
    onError: (error) => showFailure("Not undone", error),
    onSettled: refresh,
  });
  return useMutation({
    mutationFn: ({ rows, status }) =>
      patch(
        slug,
        rows.map((row) => row.id),
        status,
      ),
    onSuccess: ({ changed, failed }, { rows, status }) => {
      const before = rows.filter((row) => changed.includes(row.id));
      if (before.length > 0) offerUndo(`${plural(before.length, "issue")} ${DONE[status]}`, () => undo.mutate(before));
      const problem = whatFailed(failed, rows);
      if (problem) notifications.show({ color: "red", title: "Not changed", message: problem, autoClose: 10_000 });
    },
    onError: (error) => showFailure("Nothing was changed", error),
    onSettled: refresh,
  });
}

export function offerUndo(message: string, undo: () => void): void {
  const id = notifications.show({
    color: "teal",
    autoClose: 8000,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}
