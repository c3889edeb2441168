import { queryOptions, useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../../api/client";
import { showDone } from "../../common/toasts";

export type Protection = Schemas["Protection"];
export type Limit = Schemas["LimitBody"];
export type Filters = Schemas["FiltersBody"];

const protectionOptions = (slug: string) =>
  queryOptions({
    queryKey: ["protection", slug],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/projects/{slug}/protection", { params: { path: { slug } }, signal })),
  });

const quotasOptions = queryOptions({
  queryKey: ["organization-limits"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/organization/limits", { signal })),
});

export const useProtection = (slug: string) => useQuery(protectionOptions(slug));

export const useQuotas = () => useQuery(quotasOptions);

export function useChangeProtection(slug: string): UseMutationResult<Protection, Error, Schemas["ProtectionPatch"]> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body) => unwrap(api.PATCH("/api/v1/projects/{slug}/protection", { params: { path: { slug } }, body })),
    onSuccess: (saved) => {
      client.setQueryData(protectionOptions(slug).queryKey, saved);
      showDone("Saved: it holds for events that arrive from now on");
    },
  });
}

export function useChangeQuotas(): UseMutationResult<Schemas["Limits"], Error, Limit[]> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (limits) => unwrap(api.PUT("/api/v1/organization/limits", { body: { limits } })),
    onSuccess: (saved) => {
      client.setQueryData(quotasOptions.queryKey, saved);
      showDone("Quotas saved");
    },
  });
}

export function useChangeKeyLimits(
  slug: string,
): UseMutationResult<Schemas["Key"], Error, { key: string; limits: Limit[] }> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, limits }) =>
      unwrap(
        api.PATCH("/api/v1/projects/{slug}/keys/{public_key}", {
          params: { path: { slug, public_key: key } },
          body: { limits },
        }),
      ),
    onSuccess: async () => {
      showDone("Limits of the key saved");
      await client.invalidateQueries({ queryKey: ["keys", slug] });
    },
  });
}

export const usePreviewFilters = (
  slug: string,
): UseMutationResult<Schemas["FilterPreview"], Error, Schemas["PreviewRequest"]> =>
  useMutation({
    mutationFn: (body) =>
      unwrap(api.POST("/api/v1/projects/{slug}/protection/preview", { params: { path: { slug } }, body })),
  });
