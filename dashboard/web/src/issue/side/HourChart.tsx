// Bars for eyes, a table for everybody else.
import { VisuallyHidden } from "@mantine/core";
import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import classes from "../issue.module.css";
import { hours } from "../pure/hours";

interface Props {
  readonly counts: readonly number[];
  /** Milliseconds since 1970; the last count is of the hour it is in. */
  readonly askedAt: number;
  readonly height: number;
}

export function HourChart({ counts, askedAt, height }: Props) {
  const data = hours(counts, askedAt);
  return (
    <>
      <div aria-hidden className={classes["chart"]}>
        <ResponsiveContainer width="100%" height={height}>
          <BarChart data={data} margin={{ top: 4, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <XAxis dataKey="label" interval={5} tickLine={false} stroke="currentColor" fontSize={11} />
            <YAxis
              allowDecimals={false}
              width={32}
              tickLine={false}
              axisLine={false}
              stroke="currentColor"
              fontSize={11}
            />
            <Tooltip
              cursor={{ fill: "var(--seiche-hover)" }}
              contentStyle={{ background: "var(--seiche-surface)", borderColor: "var(--seiche-line)" }}
            />
            <Bar
              dataKey="count"
              name="events"
              fill="var(--seiche-spark)"
              isAnimationActive={false}
              radius={[2, 2, 0, 0]}
            />
          </BarChart>
        </ResponsiveContainer>
      </div>
      <VisuallyHidden>
        <table>
          <caption>Events an hour</caption>
          <thead>
            <tr>
              <th scope="col">Hour</th>
              <th scope="col">Events</th>
            </tr>
          </thead>
          <tbody>
            {data.map((hour) => (
              <tr key={hour.label}>
                <td>{hour.label}</td>
                <td>{hour.count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}
