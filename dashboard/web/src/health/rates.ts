/** "99.95 %": never rounded up to a hundred where something crashed; a dash where there is nothing to divide by. */
export function percent(rate: number | null): string {
  if (rate === null) return "–";
  const hundredths = rate < 1 ? Math.floor(rate * 10_000) : 10_000;
  return `${(hundredths / 100).toFixed(hundredths % 100 === 0 ? 0 : 2)} %`;
}

const MOST_BARS = 24;

/** Hours added up so that there are at most 24 to 30 bars, the newest complete. */
export function daily(hours: readonly number[]): number[] {
  const size = hours.length > MOST_BARS ? 24 : 1;
  const bars: number[] = [];
  for (let end = hours.length; end > 0; end -= size) {
    bars.unshift(hours.slice(Math.max(0, end - size), end).reduce((sum, value) => sum + value, 0));
  }
  return bars;
}
