// Whom an issue belongs to and how soon it matters: what may be chosen, what is suggested, and the choice.
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../../api/client";
import { issueOptions, issuesKey, ownersOptions } from "../../api/queries";
import { showFailure } from "../../common/toasts";
import type { Issue } from "../types";
import { activityKey } from "./queries";

const suggestedOptions = (issue: Issue) =>
  queryOptions({
    queryKey: ["issue-owners", issue.id, issue.last_event_id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/issues/{issue_id}/owners", { params: { path: { issue_id: issue.id } }, signal })),
    staleTime: 60_000,
  });

export function useOwners(issue: Issue) {
  return { owners: useQuery(ownersOptions).data ?? [], suggested: useQuery(suggestedOptions(issue)).data ?? [] };
}

/** Assign, or set the priority. */
export function useChoose(issue: Issue) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (part: Pick<Schemas["IssuePatch"], "assignee" | "priority">) =>
      unwrap(
        api.PATCH("/api/v1/issues/{issue_id}", {
          params: { path: { issue_id: issue.id } },
          body: { reason: "", ...part },
        }),
      ),
    onSuccess: (answer) => client.setQueryData(issueOptions(issue.id).queryKey, answer),
    onError: (error) => showFailure(`${issue.short_id} stays as it was`, error),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: activityKey(issue.id) }),
        client.invalidateQueries({ queryKey: issuesKey(issue.project) }),
      ]),
  });
}
