import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, unwrap, type Schemas } from "../api/client";
import { projectOptions, projectsOptions } from "../api/queries";

/** Creates a project and goes to its issues, where its first event is waited for. */
export function useCreateProject(): UseMutationResult<
  Schemas["ProjectDetail"],
  Error,
  { name: string; platform: string }
> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (body) => unwrap(api.POST("/api/v1/projects", { body })),
    onSuccess: async (made) => {
      client.setQueryData(projectOptions(made.slug).queryKey, made);
      await client.invalidateQueries(projectsOptions);
      await navigate({ to: "/projects/$slug/issues", params: { slug: made.slug } });
    },
  });
}
