import { VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Schemas } from "../api/client";
import { plural, shortCount } from "../common/numbers";
import { OUTCOMES, chartRows, type ChartRow } from "./accounting";
import classes from "./stats.module.css";

const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Events per hour of arrival, stacked by what became of them; the same as a table for who cannot see it. */
export function HourChart({ stats }: { stats: Schemas["ProjectStats"] }): ReactNode {
  const rows = chartRows(stats);
  const shown = OUTCOMES.filter(
    ({ series }) => series === "stored" || rows.some((row) => Number(row[series] ?? 0) > 0),
  );
  const axis = rows.length > 48 ? day : hour;
  return (
    <>
      <div className={classes["chart"]} aria-hidden>
        <ResponsiveContainer>
          <BarChart data={rows} margin={{ top: 4, right: 4, bottom: 0, left: -8 }} accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--seiche-line)" />
            <XAxis
              dataKey="at"
              tickFormatter={(at: string) => axis.format(new Date(at))}
              minTickGap={32}
              tickLine={false}
            />
            <YAxis allowDecimals={false} tickFormatter={shortCount} tickLine={false} axisLine={false} width={48} />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: "var(--seiche-hover)" }}
              labelFormatter={(at) => (typeof at === "string" ? full.format(new Date(at)) : at)}
              contentStyle={{ background: "var(--seiche-surface)", borderColor: "var(--seiche-line)", borderRadius: 8 }}
            />
            {shown.length > 1 && (
              <Legend
                formatter={(name: string) => <span style={{ color: "var(--mantine-color-text)" }}>{name}</span>}
              />
            )}
            {shown.map(({ series, label, colour }) => (
              <Bar
                key={series}
                dataKey={(row: ChartRow) => Number(row[series] ?? 0)}
                name={label}
                stackId="all"
                fill={colour}
                isAnimationActive={false}
              />
            ))}
          </BarChart>
        </ResponsiveContainer>
      </div>
      <VisuallyHidden>
        <table>
          <caption>Events per hour</caption>
          <tbody>
            {rows.map((row) => (
              <tr key={row.at}>
                <th scope="row">{full.format(new Date(row.at))}</th>
                <td>
                  {shown
                    .map(({ series, label }) => `${label}: ${plural(Number(row[series] ?? 0), "event")}`)
                    .join(", ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}
