// Commits of the release it appeared in that touched a file of its stack; nothing is shown where there is none.
import { Text } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import classes from "../issue.module.css";
import { FoldSection } from "./FoldSection";

const suspectsOptions = (issueId: string) =>
  queryOptions({
    queryKey: ["issue-suspects", issueId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/issues/{issue_id}/suspects", { params: { path: { issue_id: issueId } }, signal })),
    staleTime: 60_000,
  });

export function Suspects({ issueId }: { readonly issueId: string }) {
  const found = useQuery(suspectsOptions(issueId)).data ?? [];
  if (found.length === 0) return null;
  return (
    <FoldSection name="suspects" title="Suspect commits">
      <ol className={classes["activity"]}>
        {found.map(({ commit, message, author, path, release }) => (
          <li key={commit}>
            <Text size="sm" className={classes["breakable"]}>
              {message ? message.split("\n", 1)[0] : commit.slice(0, 12)}
            </Text>
            <Text size="xs" c="dimmed" className={classes["breakable"]}>
              {commit.slice(0, 12)} by {author || "somebody"}, changed {path} in {release}
            </Text>
          </li>
        ))}
      </ol>
    </FoldSection>
  );
}
