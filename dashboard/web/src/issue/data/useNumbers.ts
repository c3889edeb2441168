// The issue's numbers, within the environment that the address names.
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { api, unwrap } from "../../api/client";
import { issueOptions } from "../../api/queries";
import { filterOf, readWithin } from "../pure/within";
import type { Issue } from "../types";

export interface Numbers {
  /** Times seen, users, first and last seen, by the hour: of the environment, or of all. */
  readonly shown: Pick<Issue, "count" | "users" | "first_seen" | "last_seen" | "sparkline" | "as_of">;
  readonly askedAt: number | undefined;
  /** "" of all. */
  readonly environment: string;
  /** The same in the search language. */
  readonly filter: string;
  /** The numbers of the environment could not be asked for. */
  readonly failed: boolean;
  readonly choose: (environment: string | null) => void;
}

const withinOptions = (issueId: string, query: string) =>
  queryOptions({
    queryKey: [...issueOptions(issueId).queryKey, "within", query],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/issues/{issue_id}", { params: { path: { issue_id: issueId }, query: { query } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });

export function useNumbers(issue: Issue, pollMilliseconds: number): Numbers {
  const within = readWithin(useSearch({ strict: false }));
  const navigate = useNavigate();
  const filter = filterOf(within);
  const found = useQuery({
    ...withinOptions(issue.id, filter),
    refetchInterval: pollMilliseconds,
    enabled: filter !== "",
  });
  const narrowed = filter === "" ? undefined : found.data;
  return {
    shown: narrowed ?? issue,
    askedAt: narrowed === undefined ? undefined : found.dataUpdatedAt,
    environment: filter === "" ? "" : (within.environment ?? ""),
    filter,
    failed: filter !== "" && found.isError,
    choose: (environment) =>
      void navigate({ to: ".", search: readWithin({ environment: environment ?? "" }), replace: true }),
  };
}
