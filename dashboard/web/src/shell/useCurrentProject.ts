import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { issueOptions } from "../api/queries";
import { lastProject } from "../common/lastProject";

/** The project that the screen is about: by its address, by its issue, else the one looked at last. */
export function useCurrentProject(): string {
  const { slug, issueId } = useParams({ strict: false });
  const issue = useQuery({ ...issueOptions(issueId ?? ""), enabled: issueId !== undefined });
  return slug ?? (issueId === undefined ? undefined : issue.data?.project) ?? lastProject();
}
