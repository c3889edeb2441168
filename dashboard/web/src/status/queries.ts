import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../api/client";
import { projectsOptions, statsOptions } from "../api/queries";

const POLL_MS = 5000;

export const statusOptions = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/status", { signal })),
  refetchInterval: POLL_MS,
});

export interface Fresh {
  project: Schemas["ProjectSummary"];
  asOf: string | null;
  error: Error | null;
}

const MOST_PROJECTS = 20;

/** Of each project that has events: up to when analytics know its events. */
export function useFreshness(): Fresh[] {
  const projects = useQuery(projectsOptions);
  const listed = (projects.data ?? []).filter((project) => project.has_events).slice(0, MOST_PROJECTS);
  const stats = useQueries({
    queries: listed.map((project) => ({ ...statsOptions(project.slug, 1), refetchInterval: 2 * POLL_MS })),
  });
  return listed.flatMap((project, at) => {
    const found = stats[at];
    if (!found || found.isPending) return [];
    return [{ project, asOf: found.data?.as_of ?? null, error: found.error }];
  });
}
