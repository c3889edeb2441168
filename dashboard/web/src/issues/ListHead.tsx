import { Button, Checkbox, Group, Text } from "@mantine/core";
import { IconArrowMerge, IconCheck, IconEyeOff, IconRotate } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { count } from "../common/numbers";
import { AssignMenu, PriorityMenu } from "./AssignMenu";
import classes from "./issues.module.css";
import type { Part } from "./useBulk";

interface Props {
  shown: number;
  selected: number;
  busy: boolean;
  onSelectAll: (on: boolean) => void;
  onChange: (part: Part) => void;
  onMerge: () => void;
}

/** The columns' names; while rows are selected, what can be done with them. */
export function ListHead({ shown, selected, busy, onSelectAll, onChange, onMerge }: Props): ReactNode {
  return (
    <div className={classes["head"]} style={selected > 0 ? { gridTemplateColumns: "34px minmax(0, 1fr)" } : undefined}>
      <span className={classes["tick"]}>
        <Checkbox
          size="xs"
          aria-label="Select all shown issues"
          checked={selected > 0 && selected === shown}
          indeterminate={selected > 0 && selected < shown}
          onChange={(event) => onSelectAll(event.currentTarget.checked)}
        />
      </span>
      {selected > 0 ? (
        <Group gap={6}>
          <Action
            icon={<IconCheck size={14} />}
            label="Resolve"
            busy={busy}
            onClick={() => onChange({ status: "resolved" })}
          />
          <Action
            icon={<IconEyeOff size={14} />}
            label="Ignore"
            busy={busy}
            onClick={() => onChange({ status: "ignored" })}
          />
          <Action
            icon={<IconRotate size={14} />}
            label="Reopen"
            busy={busy}
            onClick={() => onChange({ status: "unresolved" })}
          />
          <AssignMenu busy={busy} onChange={onChange} />
          <PriorityMenu busy={busy} onChange={onChange} />
          <Action icon={<IconArrowMerge size={14} />} label="Merge" busy={busy || selected < 2} onClick={onMerge} />
          <Text size="xs" c="dimmed" role="status" truncate>
            {count(selected)} selected
          </Text>
        </Group>
      ) : (
        <>
          <span>Issue</span>
          <span>Last 24 hours</span>
          <span className={classes["number"]}>Events</span>
          <span className={classes["number"]}>Users</span>
          <span className={classes["number"]}>Last</span>
          <span className={`${classes["number"] ?? ""} ${classes["ageHead"] ?? ""}`}>Age</span>
        </>
      )}
    </div>
  );
}

function Action(props: { icon: ReactNode; label: string; busy: boolean; onClick: () => void }): ReactNode {
  return (
    <Button
      size="compact-sm"
      variant="default"
      className={classes["action"] ?? ""}
      leftSection={props.icon}
      disabled={props.busy}
      onClick={props.onClick}
    >
      {props.label}
    </Button>
  );
}
