const WORDS: Readonly<Record<string, string>> = {
  accepted: "accepted",
  logged: "in the event log",
  decided: "an issue",
  bronze: "in the lake, as accepted",
  silver: "in the lake, normalised",
  analytics: "in charts",
  searchable: "in search",
};

export const hopWords = (name: string): string => WORDS[name] ?? name;

/** Milliseconds below a second: the first hops take few. */
export function seconds(value: number | null): string {
  if (value === null) return "-";
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
}
