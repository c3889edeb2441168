// What an issue is made of, and taking it apart: every change comes back with its way back.
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../../api/client";
import { issueOptions, issuesKey } from "../../api/queries";
import { showDone, showFailure } from "../../common/toasts";
import type { Issue } from "../types";
import { activityKey } from "./queries";

export type GroupingChange = Schemas["ChangeView"];
export type MadeOf = Schemas["FingerprintView"];

export const groupingOptions = (issueId: string) =>
  queryOptions({
    queryKey: ["issue-grouping", issueId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/issues/{issue_id}/grouping", { params: { path: { issue_id: issueId } }, signal })),
  });

export function useUnmerge(issue: Issue) {
  const refresh = useRefresh(issue);
  return useMutation({
    mutationFn: (fingerprints: readonly string[]) =>
      unwrap(
        api.POST("/api/v1/issues/{issue_id}/unmerge", {
          params: { path: { issue_id: issue.id } },
          body: { fingerprints: [...fingerprints], reason: "" },
        }),
      ),
    onSuccess: () => showDone("Taken out, for good: it is an issue of its own now"),
    onError: (error) => showFailure("Nothing was taken out", error),
    onSettled: refresh,
  });
}

export function useUndo(issue: Issue) {
  const refresh = useRefresh(issue);
  return useMutation({
    mutationFn: (change: GroupingChange) =>
      unwrap(
        api.POST("/api/v1/projects/{slug}/grouping-changes/{change_id}/undo", {
          params: { path: { slug: issue.project, change_id: change.id } },
          body: { reason: "" },
        }),
      ),
    onSuccess: () => showDone("Undone"),
    onError: (error) => showFailure("Not undone", error),
    onSettled: refresh,
  });
}

/** Everything that a change of groups changes. */
export function useRefresh(issue: Issue) {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries(groupingOptions(issue.id)),
      client.invalidateQueries({ queryKey: issueOptions(issue.id).queryKey }),
      client.invalidateQueries({ queryKey: activityKey(issue.id) }),
      client.invalidateQueries({ queryKey: issuesKey(issue.project) }),
      client.invalidateQueries({ queryKey: ["issue-events"] }),
    ]);
}
