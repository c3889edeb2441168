const UNITS = ["B", "kB", "MB", "GB"] as const;

/** "0 B", "1.5 kB", "20 MB" */
export function bytes(size: number): string {
  let left = size;
  let unit = 0;
  while (left >= 1000 && unit < UNITS.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${left >= 10 || unit === 0 ? Math.round(left) : left.toFixed(1)} ${UNITS[unit] ?? "B"}`;
}
