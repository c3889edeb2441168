// The sparkline's 24 numbers with the hours they stand for.

export interface Hour {
  /** `14:00`, in the reader's own time zone. */
  readonly label: string;
  readonly count: number;
}

const HOUR_MILLISECONDS = 3_600_000;
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** The last number is the hour that `now` is in; oldest first. */
export function hours(counts: readonly number[], now: number): Hour[] {
  const current = Math.floor(now / HOUR_MILLISECONDS) * HOUR_MILLISECONDS;
  return counts.map((count, index) => ({
    label: time.format(current - (counts.length - 1 - index) * HOUR_MILLISECONDS),
    count,
  }));
}
