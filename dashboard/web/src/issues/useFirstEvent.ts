import { useQuery, useQueryClient } from "@tanstack/react-query";
import { projectOptions, projectsOptions, statsOptions } from "../api/queries";
import { useLive } from "../common/useLive";

const POLL_MS = 5000;

/** Watches until the project has an event. Returns what was refused meanwhile: (outcome and reason, how often). */
export function useFirstEvent(slug: string): [string, number][] {
  const client = useQueryClient();
  const look = (): void => {
    void client.invalidateQueries(projectOptions(slug));
    void client.invalidateQueries(projectsOptions);
  };
  useLive(slug, look);
  useQuery({ ...projectOptions(slug), refetchInterval: POLL_MS });
  const stats = useQuery({ ...statsOptions(slug, 1), refetchInterval: POLL_MS });
  return Object.entries(stats.data?.reasons ?? {});
}
