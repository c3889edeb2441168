import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../api/client";
import type { RuleBody } from "./useRules";

/** Whether the rule counts, and says how many. */
export const counts = ({ triggers, events, users }: RuleBody): boolean =>
  (triggers.includes("frequency") && events > 0) || (triggers.includes("users") && users > 0);

/** What a rule that counts would have sent: the server counts, with the consumer's own counters. */
export function useCountingPreview(slug: string, rule: RuleBody) {
  const { triggers, levels, environments, events, users, window_seconds, cooldown_seconds } = rule;
  const usable = counts(rule);
  const body = { triggers, levels, environments, events, users, window_seconds, cooldown_seconds };
  const [asked] = useDebouncedValue({ ...body, name: "preview", actions: [], enabled: true }, 400);
  return useQuery({
    queryKey: ["rule-counting-preview", slug, asked],
    enabled: usable && counts(asked),
    placeholderData: keepPreviousData,
    // A count that is still being typed is refused: asking again would not help.
    retry: false,
    queryFn: ({ signal }) =>
      unwrap(
        api.POST("/api/v1/projects/{slug}/alert-rules/preview", { params: { path: { slug } }, body: asked, signal }),
      ),
  });
}
