import { Badge, Checkbox, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";
import { Ago } from "../common/Ago";
import { levelColour } from "../common/level";
import { plural, shortCount } from "../common/numbers";
import { Sparkline } from "../common/Sparkline";
import type { Within } from "../issue/pure/within";
import classes from "./issues.module.css";
import type { IssueRow } from "./search";

interface Props {
  row: IssueRow;
  selected: boolean;
  /** Rollups answer: users and trend are known. */
  analytics: boolean;
  /** What the list is narrowed to, and the issue's page will be. */
  within: Within;
  onSelect: (id: string, range: boolean) => void;
}

export function IssueRowView({ row, selected, analytics, within, onSelect }: Props): ReactNode {
  return (
    <li className={classes["row"]} data-selected={selected || undefined} data-issue={row.id}>
      <span className={classes["tick"]}>
        <Checkbox
          size="xs"
          checked={selected}
          aria-label={`Select ${row.short_id}`}
          onClick={(event: MouseEvent) => onSelect(row.id, event.shiftKey)}
          onChange={() => undefined}
        />
      </span>
      <div className={classes["what"]}>
        <Link
          to="/issues/$issueId"
          params={{ issueId: row.id }}
          search={within}
          className={classes["title"]}
          title={row.title}
        >
          <span className={classes["level"]} style={{ background: levelColour(row.level) }} aria-hidden />
          <VisuallyHidden>{row.level}: </VisuallyHidden>
          {row.type || row.title}
        </Link>
        <Text size="sm" truncate>
          {row.type ? row.value : ""}
        </Text>
        <div className={classes["facts"]}>
          <span>{row.short_id}</span>
          <Standing row={row} />
          {row.priority === "high" && (
            <Badge size="xs" radius="sm" variant="light" color="orange" className={classes["standing"] ?? ""}>
              High
            </Badge>
          )}
          {row.assignee && <span title={`Assigned to ${row.assignee}`}>{row.assignee.replace(/@.*/, "")}</span>}
          {row.culprit && <span className={classes["culprit"]}>{row.culprit}</span>}
        </div>
      </div>
      <div className={classes["trend"]}>{analytics && <Sparkline values={row.sparkline} />}</div>
      <Figure name="event" value={row.count} />
      <div className={classes["users"]}>
        {analytics ? <Figure name="user" value={row.users} /> : <Text c="dimmed">-</Text>}
      </div>
      <div className={classes["seen"]}>
        <Ago at={row.last_seen} short />
      </div>
      <div className={classes["age"]}>
        <Ago at={row.first_seen} short />
      </div>
    </li>
  );
}

function Figure({ name, value }: { name: "event" | "user"; value: number }): ReactNode {
  return (
    <div className={classes[`${name}s`]}>
      <Tooltip label={plural(value, name)}>
        <span>{shortCount(value)}</span>
      </Tooltip>
      <span className={classes["unit"]}> {value === 1 ? name : `${name}s`}</span>
    </div>
  );
}

const STANDINGS: Readonly<Record<string, { label: string; color: string }>> = {
  new: { label: "New", color: "cyan" },
  regressed: { label: "Regressed", color: "orange" },
  escalating: { label: "Escalating", color: "orange" },
  reopened: { label: "Reopened", color: "cyan" },
  resolved: { label: "Resolved", color: "green" },
  ignored: { label: "Ignored", color: "gray" },
};

function Standing({ row }: { row: IssueRow }): ReactNode {
  const found = STANDINGS[row.status === "unresolved" ? row.substatus : row.status];
  if (!found) return null;
  return (
    <Badge size="xs" radius="sm" variant="light" color={found.color} className={classes["standing"] ?? ""}>
      {found.label}
    </Badge>
  );
}
