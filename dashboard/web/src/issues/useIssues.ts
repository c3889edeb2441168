import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import { api, unwrap } from "../api/client";
import { issuesKey } from "../api/queries";
import { useLive } from "../common/useLive";
import { mergeHead, uniqueRows } from "./liveMerge";
import type { IssueRow, IssueSearch } from "./search";

export const PAGE_SIZE = 50;
const POLL_MS = 15_000;
const GATHER_MS = 400;

type Asked = Required<IssueSearch>;

const page = (slug: string, { query, sort }: Asked, cursor: string, signal: AbortSignal) =>
  unwrap(
    api.GET("/api/v1/projects/{slug}/issues", {
      params: { path: { slug }, query: { query, sort, cursor, limit: PAGE_SIZE } },
      signal,
    }),
  );

const listOptions = (slug: string, asked: Asked) =>
  infiniteQueryOptions({
    queryKey: [...issuesKey(slug), "list", asked],
    queryFn: ({ pageParam, signal }) => page(slug, asked, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    // Rows move only when the reader asks for it; opening the screen asks.
    staleTime: Infinity,
    refetchOnMount: "always",
    placeholderData: keepPreviousData,
  });

const headOptions = (slug: string, asked: Asked) =>
  queryOptions({
    queryKey: [...issuesKey(slug), "head", asked],
    queryFn: ({ signal }) => page(slug, asked, "", signal),
    refetchInterval: POLL_MS,
  });

/** The list, what is new since it was loaded, and how to show that. */
export function useIssues(slug: string, asked: Asked) {
  const client = useQueryClient();
  const list = useInfiniteQuery(listOptions(slug, asked));
  const head = useQuery({ ...headOptions(slug, asked), enabled: list.isSuccess && !list.isPlaceholderData });
  const timer = useRef<number | undefined>(undefined);
  const live = useLive(slug, () => {
    // A storm of activity asks once.
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      void client.invalidateQueries({ queryKey: headOptions(slug, asked).queryKey });
    }, GATHER_MS);
  });
  const merged = useMemo(() => {
    const shown: IssueRow[] = uniqueRows(list.data?.pages ?? []);
    return mergeHead(shown, head.data && !list.isPlaceholderData ? head.data.items : []);
  }, [list.data, list.isPlaceholderData, head.data]);
  const showFresh = useCallback(() => client.invalidateQueries({ queryKey: issuesKey(slug) }), [client, slug]);
  const first = list.data?.pages[0];
  return {
    rows: merged.rows,
    fresh: merged.fresh,
    total: head.data?.total ?? first?.total ?? 0,
    totalHasMore: (head.data ?? first)?.total_has_more ?? false,
    asOf: head.data?.as_of ?? first?.as_of ?? null,
    live,
    list,
    showFresh,
  };
}
