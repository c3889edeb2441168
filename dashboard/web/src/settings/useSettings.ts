import { queryOptions, useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../api/client";
import { projectOptions, projectsOptions } from "../api/queries";
import { showDone, showFailure } from "../common/toasts";

type Key = Schemas["Key"];
type Project = Schemas["ProjectDetail"];

const keysOptions = (slug: string) =>
  queryOptions({
    queryKey: ["keys", slug],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/projects/{slug}/keys", { params: { path: { slug } }, signal })),
  });

export const useKeys = (slug: string) => useQuery(keysOptions(slug));

/** The list of keys and the project's DSN follow. */
function useKeyRefresh(slug: string): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all([client.invalidateQueries(keysOptions(slug)), client.invalidateQueries(projectOptions(slug))]);
}

export function useCreateKey(slug: string): UseMutationResult<Key, Error, string> {
  const refresh = useKeyRefresh(slug);
  return useMutation({
    mutationFn: (label) =>
      unwrap(api.POST("/api/v1/projects/{slug}/keys", { params: { path: { slug } }, body: { label } })),
    onSuccess: refresh,
  });
}

export function useChangeKey(slug: string): UseMutationResult<Key, Error, { key: string; active: boolean }> {
  const refresh = useKeyRefresh(slug);
  return useMutation({
    mutationFn: ({ key, active }) =>
      unwrap(
        api.PATCH("/api/v1/projects/{slug}/keys/{public_key}", {
          params: { path: { slug, public_key: key } },
          body: { active },
        }),
      ),
    onSuccess: refresh,
    onError: (error) => showFailure("The key was not changed", error),
  });
}

export function useChangeProject(slug: string): UseMutationResult<Project, Error, Schemas["ProjectPatch"]> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body) => unwrap(api.PATCH("/api/v1/projects/{slug}", { params: { path: { slug } }, body })),
    onSuccess: async (project) => {
      client.setQueryData(projectOptions(slug).queryKey, project);
      showDone("Settings saved");
      await client.invalidateQueries(projectsOptions);
    },
  });
}
