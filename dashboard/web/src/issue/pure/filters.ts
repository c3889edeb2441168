// Which of an event's facts the issue list can be filtered by; the search language has no others (docs/api.md).

const FILTERS = new Set(["level", "release", "environment"]);
/** More make the server refuse the query. */
const MOST_STARS = 5;

/** The list's `query` for a tag's value; null where the list cannot be filtered by that tag. */
export function listQuery(key: string, value: string): string | null {
  if (!FILTERS.has(key) || value === "" || value.split("*").length - 1 > MOST_STARS) return null;
  return /^[^\s"]+$/.test(value) ? `${key}:${value}` : `${key}:"${value.replace(/["\\]/g, "\\$&")}"`;
}
