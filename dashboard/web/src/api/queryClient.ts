import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client";

export const ME_KEY = ["me"] as const;

/** Ask again only where the same question may get a better answer, and never someone who is not signed in. */
export function mayRetry(failures: number, error: Error): boolean {
  if (!(error instanceof ApiError)) return false;
  return failures < 2 && (error.status === 0 || error.status >= 500) && error.code !== "unavailable";
}

/** `onSignedOut` is called when any request finds that the session has ended. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const watch = (error: Error): void => {
    if (error instanceof ApiError && error.status === 401) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.queryKey[0] !== ME_KEY[0]) watch(error);
      },
    }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        if (mutation.options.mutationKey?.[0] !== "login") watch(error);
      },
    }),
    // A failing request is told at once rather than parked until the browser thinks that it is online.
    defaultOptions: {
      queries: { retry: mayRetry, staleTime: 10_000, networkMode: "always" },
      mutations: { networkMode: "always" },
    },
  });
}
