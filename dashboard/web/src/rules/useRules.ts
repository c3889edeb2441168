import { queryOptions, useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../api/client";
import { showDone, showFailure } from "../common/toasts";

export type Rule = Schemas["AlertRuleView"];
export type RuleBody = Schemas["AlertRuleBody"];

const rulesOptions = (slug: string) =>
  queryOptions({
    queryKey: ["rules", slug],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/projects/{slug}/alert-rules", { params: { path: { slug } }, signal })),
    // What fired, and the last failed delivery.
    refetchInterval: 15_000,
  });

export const useRules = (slug: string) => useQuery(rulesOptions(slug));

/** `id` "" makes a new rule. The answer shows secrets of new webhooks, once. */
export function useSaveRule(slug: string): UseMutationResult<Rule, Error, { id: string; body: RuleBody }> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }) =>
      id === ""
        ? unwrap(api.POST("/api/v1/projects/{slug}/alert-rules", { params: { path: { slug } }, body }))
        : unwrap(
            api.PUT("/api/v1/projects/{slug}/alert-rules/{rule_id}", { params: { path: { slug, rule_id: id } }, body }),
          ),
    onSuccess: () => client.invalidateQueries(rulesOptions(slug)),
  });
}

export function useDeleteRule(slug: string): UseMutationResult<unknown, Error, Rule> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (rule) =>
      unwrap(
        api.DELETE("/api/v1/projects/{slug}/alert-rules/{rule_id}", { params: { path: { slug, rule_id: rule.id } } }),
      ),
    onSuccess: (_answer, rule) => {
      showDone(`Rule "${rule.name}" deleted`);
      return client.invalidateQueries(rulesOptions(slug));
    },
    onError: (error) => showFailure("The rule was not deleted", error),
  });
}

export function useTestRule(slug: string): UseMutationResult<Rule, Error, Rule> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (rule) =>
      unwrap(
        api.POST("/api/v1/projects/{slug}/alert-rules/{rule_id}/test", {
          params: { path: { slug, rule_id: rule.id } },
        }),
      ),
    onSuccess: (_answer, rule) => {
      showDone(`On its way to ${rule.actions.map((action) => action.target).join(", ")}`);
      return client.invalidateQueries(rulesOptions(slug));
    },
    onError: (error) => showFailure("No test was sent", error),
  });
}
