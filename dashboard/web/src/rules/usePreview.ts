import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../api/client";
import { newIssues, previewQueries } from "./preview";
import type { RuleBody } from "./useRules";

const MOST = 100;

/** The issues of the last days that a rule on new issues would have told about. `more`: there are more than were looked at. */
export function usePreview(slug: string, rule: RuleBody) {
  const [asked] = useDebouncedValue({ levels: rule.levels, environments: rule.environments }, 400);
  return useQuery({
    queryKey: ["rule-preview", slug, asked],
    enabled: rule.triggers.includes("new_issue"),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(
        previewQueries(asked).map((query) =>
          unwrap(
            api.GET("/api/v1/projects/{slug}/issues", {
              params: { path: { slug }, query: { query, sort: "first_seen", limit: MOST } },
              signal,
            }),
          ),
        ),
      );
      const found = newIssues(
        pages.map((page) => page.items),
        asked,
        Date.now(),
      );
      const more = pages.some(
        (page) => page.next_cursor !== null && newIssues([page.items], { levels: [] }, Date.now()).length === MOST,
      );
      return { found, more };
    },
  });
}
