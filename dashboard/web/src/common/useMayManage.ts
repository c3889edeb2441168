import { useQuery } from "@tanstack/react-query";
import { meOptions } from "../api/queries";

/** Projects, keys, settings and rules take an owner or admin; the server decides, this only spares a refusal. */
export function useMayManage(): boolean {
  const me = useQuery(meOptions);
  return me.data === undefined || me.data.role === "owner" || me.data.role === "admin";
}

export const MANAGERS_ONLY = "Only an owner or admin can change this";
