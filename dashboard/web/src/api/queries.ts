/** What more than one screen asks for: one key and one call each, so that screens share what they know. */
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { ME_KEY } from "./queryClient";

export const meOptions = queryOptions({
  queryKey: ME_KEY,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/auth/me", { signal })),
  staleTime: 60_000,
});

export const projectsOptions = queryOptions({
  queryKey: ["projects"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/projects", { signal })),
});

export const projectOptions = (slug: string) =>
  queryOptions({
    queryKey: ["project", slug],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/projects/{slug}", { params: { path: { slug } }, signal })),
  });

export const issueOptions = (issueId: string) =>
  queryOptions({
    queryKey: ["issue", issueId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/issues/{issue_id}", { params: { path: { issue_id: issueId } }, signal })),
  });

/** Keys of what the list shows: invalidate the prefix after a change of an issue. */
export const issuesKey = (slug: string): readonly string[] => ["issues", slug];

export const statsOptions = (slug: string, hours: number) =>
  queryOptions({
    queryKey: ["stats", slug, hours],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/projects/{slug}/stats", { params: { path: { slug }, query: { hours } }, signal })),
  });

/** Whom issues may belong to: members' mail addresses and `#team`s. */
export const ownersOptions = queryOptions({
  queryKey: ["owners"],
  queryFn: async ({ signal }): Promise<string[]> => {
    const [members, teams] = await Promise.all([
      unwrap(api.GET("/api/v1/members", { signal })),
      unwrap(api.GET("/api/v1/teams", { signal })),
    ]);
    return [...members.map(({ email }) => email), ...teams.map(({ slug }) => `#${slug}`)];
  },
  staleTime: 60_000,
});
