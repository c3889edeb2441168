/** Sizes and commits as people read them. */

/** "1.2 MB" */
export function size(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"] as const;
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step] ?? ""}`;
}

/** A commit's first line. */
export function subject(message: string): string {
  const [first = ""] = message.trim().split("\n", 1);
  return first === "" ? "(no message)" : first;
}

/** The beginning of a commit's hash. */
export const shortHash = (id: string): string => (/^[0-9a-f]{20,}$/.test(id) ? id.slice(0, 8) : id);
