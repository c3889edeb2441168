// Moving single events: counts follow at once, lists of events a few seconds later.
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import { issuesKey } from "../../api/queries";
import { plural } from "../../common/numbers";
import { showFailure } from "../../common/toasts";
import { offerUndo } from "../../issues/useBulk";
import type { Issue } from "../types";
import { useRefresh, useUndo } from "./useGrouping";

const TARGETS = 10;
/** The lake's tables follow within about so long: what lists events is asked again then. */
const FOLLOWED_MILLISECONDS = [2000, 5000];

export interface Move {
  readonly eventIds: readonly string[];
  /** The issue that takes them; null: a new one. */
  readonly to: string | null;
}

export const targetsOptions = (slug: string, query: string) =>
  queryOptions({
    queryKey: [...issuesKey(slug), "targets", query],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/projects/{slug}/issues", {
          params: { path: { slug }, query: { query, sort: "last_seen", cursor: "", limit: TARGETS } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export function useMove(issue: Issue) {
  const client = useQueryClient();
  const refresh = useRefresh(issue);
  const undo = useUndo(issue);
  const again = () => {
    for (const after of FOLLOWED_MILLISECONDS) {
      window.setTimeout(() => void client.invalidateQueries({ queryKey: ["issue-events"] }), after);
    }
  };
  return useMutation({
    mutationFn: ({ eventIds, to }: Move) =>
      unwrap(
        api.POST("/api/v1/issues/{issue_id}/move-events", {
          params: { path: { issue_id: issue.id } },
          body: { event_ids: [...eventIds], to, reason: "" },
        }),
      ),
    onSuccess: (change, { to }) =>
      offerUndo(`${plural(change.events, "event")} moved to ${to === null ? "a new issue" : "another issue"}`, () =>
        undo.mutate(change, { onSettled: again }),
      ),
    onError: (error) => showFailure("Nothing was moved", error),
    onSettled: () => {
      again();
      return refresh();
    },
  });
}
