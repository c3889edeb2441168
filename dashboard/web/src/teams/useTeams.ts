// Teams of the organization: who is in which.
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../api/client";
import { ownersOptions } from "../api/queries";
import { showFailure } from "../common/toasts";

export type Team = Schemas["TeamView"];

const teamsOptions = queryOptions({
  queryKey: ["teams"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/teams", { signal })),
});
const membersOptions = queryOptions({
  queryKey: ["members"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/members", { signal })),
});

export const useTeams = () => useQuery(teamsOptions);
export const useMembers = () => useQuery(membersOptions);

function useRefresh() {
  const client = useQueryClient();
  return () => Promise.all([client.invalidateQueries(teamsOptions), client.invalidateQueries(ownersOptions)]);
}

export function useCreateTeam() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: Schemas["NewTeam"]) => unwrap(api.POST("/api/v1/teams", { body })),
    onSuccess: refresh,
  });
}

export function useChangeTeam(slug: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (members: string[]) =>
      unwrap(api.PATCH("/api/v1/teams/{team}", { params: { path: { team: slug } }, body: { members } })),
    onSuccess: refresh,
    onError: (error) => showFailure(`#${slug} was not changed`, error),
  });
}

export function useDeleteTeam(slug: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/teams/{team}", { params: { path: { team: slug } } })),
    onSuccess: refresh,
    onError: (error) => showFailure(`#${slug} was not deleted`, error),
  });
}
