import type { ReactNode } from "react";
import { plural } from "./numbers";

const BAR = 4;
const GAP = 1;

/** Events per hour as bars, oldest first; its name says the same in words. */
export function Sparkline({ values, height = 26 }: { values: readonly number[]; height?: number }): ReactNode {
  const most = Math.max(1, ...values);
  const total = values.reduce((sum, value) => sum + value, 0);
  const peak = Math.max(0, ...values);
  const width = values.length * (BAR + GAP) - GAP;
  return (
    <svg
      role="img"
      aria-label={`${plural(total, "event")} in ${plural(values.length, "hour")}, at most ${peak} in one hour`}
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
