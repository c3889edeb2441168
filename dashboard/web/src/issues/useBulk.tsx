import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../api/client";
import { issuesKey, projectsOptions } from "../api/queries";
import { plural } from "../common/numbers";
import { showDone, showFailure } from "../common/toasts";
import { byStatus, whatFailed } from "./bulk";
import type { IssueRow } from "./search";

type Status = IssueRow["status"];
type Result = Schemas["BulkResult"];
/** What is changed of each: the status, whose it is, or how soon it matters. */
export type Part = Partial<Pick<Schemas["BulkPatch"], "status" | "assignee" | "priority">>;
export interface Change {
  rows: readonly IssueRow[];
  part: Part;
}

const DONE: Readonly<Record<Status, string>> = { resolved: "resolved", ignored: "ignored", unresolved: "reopened" };

/** "resolved", "assigned to #cart", "given priority high". */
function done({ status, assignee, priority }: Part): string {
  if (status) return DONE[status];
  if (assignee !== undefined && assignee !== null) return assignee ? `assigned to ${assignee}` : "assigned to nobody";
  return `given priority ${priority ?? ""}`;
}

const patch = (slug: string, ids: readonly string[], part: Part): Promise<Result> =>
  unwrap(
    api.PATCH("/api/v1/projects/{slug}/issues", {
      params: { path: { slug } },
      body: { ids: [...ids], reason: "", ...part },
    }),
  );

/** Changes many issues at once, says what did not work and why, and offers the way back. */
export function useBulk(slug: string): UseMutationResult<Result, Error, Change> {
  const client = useQueryClient();
  const refresh = () =>
    Promise.all([client.invalidateQueries({ queryKey: issuesKey(slug) }), client.invalidateQueries(projectsOptions)]);
  const undo = useMutation({
    mutationFn: (rows: readonly IssueRow[]) =>
      Promise.all(
        Object.entries(byStatus(rows)).map(([status, ids]) => patch(slug, ids, { status: status as Status })),
      ),
    onError: (error) => showFailure("Not undone", error),
    onSettled: refresh,
  });
  return useMutation({
    mutationFn: ({ rows, part }) =>
      patch(
        slug,
        rows.map((row) => row.id),
        part,
      ),
    onSuccess: ({ changed, failed }, { rows, part }) => {
      const before = rows.filter((row) => changed.includes(row.id));
      const text = `${plural(before.length, "issue")} ${done(part)}`;
      if (before.length > 0 && part.status) offerUndo(text, () => undo.mutate(before));
      else if (before.length > 0) showDone(text);
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
