import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../api/client";
import { issuesKey, projectsOptions } from "../api/queries";
import { plural } from "../common/numbers";
import { showFailure } from "../common/toasts";
import type { IssueRow } from "./search";
import { offerUndo } from "./useBulk";

/** Makes one issue of many, and offers the way back. */
export function useMerge(slug: string): UseMutationResult<Schemas["ChangeView"], Error, readonly IssueRow[]> {
  const client = useQueryClient();
  const refresh = () =>
    Promise.all([client.invalidateQueries({ queryKey: issuesKey(slug) }), client.invalidateQueries(projectsOptions)]);
  const undo = useMutation({
    mutationFn: (change: string) =>
      unwrap(
        api.POST("/api/v1/projects/{slug}/grouping-changes/{change_id}/undo", {
          params: { path: { slug, change_id: change } },
          body: { reason: "" },
        }),
      ),
    onError: (error) => showFailure("Not undone", error),
    onSettled: refresh,
  });
  return useMutation({
    mutationFn: (rows) =>
      unwrap(
        api.POST("/api/v1/projects/{slug}/issues/merge", {
          params: { path: { slug } },
          body: { ids: rows.map((row) => row.id), reason: "" },
        }),
      ),
    onSuccess: (change, rows) => offerUndo(`${plural(rows.length, "issue")} merged`, () => undo.mutate(change.id)),
    onError: (error) => showFailure("Nothing was merged", error),
    onSettled: refresh,
  });
}
