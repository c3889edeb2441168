// The environment that an issue's numbers and events are narrowed to: part of the address, like every filter.
import { tokens } from "../../issues/queryText";
import { listQuery } from "./filters";

export interface Within {
  environment?: string;
}

export function readWithin(search: Record<string, unknown>): Within {
  const { environment } = search;
  return (typeof environment === "string" || typeof environment === "number") && environment !== ""
    ? { environment: String(environment).slice(0, 250) }
    : {};
}

/** The filter in the search language; "" where nothing is narrowed. */
export const filterOf = ({ environment }: Within): string => listQuery("environment", environment ?? "") ?? "";

/** What of a list's query goes on to an issue: its environment, where the query names exactly one. */
export function withinOf(query: string): Within {
  const named = tokens(query).filter((token) => token.startsWith("environment:"));
  const value = named[0]?.slice("environment:".length).replace(/^"(.*)"$/, "$1") ?? "";
  return named.length === 1 && value !== "" && !/[*"\\]/.test(value) ? { environment: value } : {};
}
