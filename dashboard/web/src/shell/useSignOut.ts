import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, unwrap } from "../api/client";
import { showFailure } from "../common/toasts";

/** Ends the session; everything that was loaded is forgotten. */
export function useSignOut(): UseMutationResult<unknown, Error, void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/auth/logout")),
    onSuccess: async () => {
      client.clear();
      await navigate({ to: "/sign-in" });
    },
    onError: (error) => showFailure("You are still signed in", error),
  });
}
