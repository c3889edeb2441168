// A regroup is asked for, then polled until it ends.
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../api/client";
import { issuesKey } from "../api/queries";
import { showFailure } from "../common/toasts";
import type { GroupingSettings } from "./changes";
import { isOver } from "./regroup";

export type Regroup = Schemas["RegroupView"];
const POLL_MILLISECONDS = 1000;

const regroupOptions = (slug: string, id: string) =>
  queryOptions({
    queryKey: ["regroup", slug, id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/projects/{slug}/regroups/{regroup_id}", {
          params: { path: { slug, regroup_id: id } },
          signal,
        }),
      ),
    enabled: id !== "",
    refetchInterval: ({ state }) => (state.data && isOver(state.data.state) ? false : POLL_MILLISECONDS),
  });

/** The regroup that was asked for last on this page, as it is now. */
export function useRegroup(slug: string, id: string) {
  return useQuery(regroupOptions(slug, id));
}

const newestOptions = (slug: string, state: string) =>
  queryOptions({
    queryKey: ["regroups", slug, state],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/projects/{slug}/regroups", { params: { path: { slug } }, signal })),
  });

/** The applied regroup that can be undone, if any; asked again whenever the one that is watched is in another `state`. */
export function useUndoable(slug: string, state: string): Regroup | undefined {
  return useQuery(newestOptions(slug, state)).data?.find((regroup) => regroup.can_undo);
}

export function useUndo(slug: string, started: (regroup: Regroup) => void) {
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(
        api.POST("/api/v1/projects/{slug}/regroups/{regroup_id}/undo", {
          params: { path: { slug, regroup_id: id } },
        }),
      ),
    onSuccess: started,
    onError: (error) => showFailure("Not undone", error),
  });
}

export function useStart(slug: string, started: (regroup: Regroup) => void) {
  return useMutation({
    mutationFn: ({ kind, config }: { kind: Regroup["kind"]; config: GroupingSettings }) =>
      unwrap(api.POST("/api/v1/projects/{slug}/regroups", { params: { path: { slug } }, body: { kind, config } })),
    onSuccess: started,
  });
}

export function useCancel(slug: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(
        api.POST("/api/v1/projects/{slug}/regroups/{regroup_id}/cancel", {
          params: { path: { slug, regroup_id: id } },
        }),
      ),
    onError: (error) => showFailure("Not cancelled", error),
    onSettled: (_, __, id) =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["regroup", slug, id] }),
        client.invalidateQueries({ queryKey: issuesKey(slug) }),
      ]),
  });
}
