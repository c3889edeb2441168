import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { api, unwrap, type Schemas } from "../api/client";
import { ME_KEY } from "../api/queryClient";

/** Signs in, then goes to `next`, an address of this dashboard. */
export function useSignIn(next: string): UseMutationResult<Schemas["Me"], Error, Schemas["Credentials"]> {
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationKey: ["login"],
    mutationFn: (body) => unwrap(api.POST("/api/v1/auth/login", { body })),
    onSuccess: (me) => {
      client.setQueryData(ME_KEY, me);
      router.history.push(next);
    },
  });
}
