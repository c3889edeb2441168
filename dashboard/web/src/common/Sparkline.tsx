import type { ReactNode } from "react";
import { plural } from "./numbers";

const BAR = 4;
const GAP = 1;

/** Events per hour, or whatever else per step, as bars, oldest first; its name says the same in words. */
export function Sparkline({
  values,
  height = 26,
  unit = "event",
  step = "hour",
}: {
  values: readonly number[];
  height?: number;
  unit?: string;
  step?: string;
}): ReactNode {
  const most = Math.max(1, ...values);
  const total = values.reduce((sum, value) => sum + value, 0);
  const peak = Math.max(0, ...values);
  const width = values.length * (BAR + GAP) - GAP;
  return (
    <svg
      role="img"
      aria-label={`${plural(total, unit)} in ${plural(values.length, step)}, at most ${peak} in one ${step}`}
      viewBox={`0 0 ${Math.max(width, 1)} ${height}`}
      width={Math.max(width, 1)}
      height={height}
      style={{ display: "block" }}
    >
      {values.map((value, hour) => {
        const tall = value === 0 ? 1 : Math.max(2, Math.round((value / most) * height));
        return (
          <rect
            key={hour}
            x={hour * (BAR + GAP)}
            y={height - tall}
            width={BAR}
            height={tall}
            rx={value === 0 ? 0 : 1}
            fill={value === 0 ? "var(--seiche-line)" : "var(--seiche-spark)"}
          />
        );
      })}
    </svg>
  );
}
