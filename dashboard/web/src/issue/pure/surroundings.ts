// Whose event it was and where an exception stands, in the words that people read.
import { isRecord } from "./values";
import type { ExceptionView, User } from "../types";

const PLACE = ["city", "subdivision", "region"] as const;

/** What is known of the user, with the place on one line: "Lausanne, Vaud, Switzerland (CH)". */
export function userEntries(user: User): [string, unknown][] {
  const { data, ...known } = user;
  const told = Object.entries(data).map(([name, value]): [string, unknown] => {
    const place = name === "geo" ? placeOf(value) : "";
    return place ? ["place", place] : [name, value];
  });
  return [...Object.entries(known).filter(([, value]) => value !== ""), ...told];
}

/** "" where it is no place. */
export function placeOf(geo: unknown): string {
  if (!isRecord(geo)) return "";
  const names = PLACE.map((name) => geo[name]).filter((name) => typeof name === "string" && name !== "");
  const code = typeof geo["country_code"] === "string" ? geo["country_code"] : "";
  if (names.length === 0) return code;
  return code ? `${names.join(", ")} (${code})` : names.join(", ");
}

/** Where one exception stands among the others: inside a group, else along the chain; null where it is alone. */
export function standing(chain: readonly ExceptionView[], index: number): string | null {
  const exception = chain[index];
  if (chain.length <= 1 || exception === undefined) return null;
  const holder = chain.find((other) => other.is_group && other.exception_id === exception.parent_id);
  if (holder && exception.parent_id !== null && exception !== holder) return `Part of ${holder.type || "the group"}`;
  if (exception.is_group) return "Several at once";
  return index === 0 ? "Root cause" : "Which led to";
}
