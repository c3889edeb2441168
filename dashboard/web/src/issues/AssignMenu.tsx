// Give the ticked issues to somebody, or say how soon they matter.
import { Button, Menu, ScrollArea } from "@mantine/core";
import { IconFlag, IconUser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ownersOptions } from "../api/queries";
import classes from "./issues.module.css";
import type { Part } from "./useBulk";

interface Props {
  busy: boolean;
  onChange: (part: Part) => void;
}

export function AssignMenu({ busy, onChange }: Props): ReactNode {
  const owners = useQuery(ownersOptions).data ?? [];
  return (
    <Choices icon={<IconUser size={14} />} label="Assign" busy={busy}>
      <Menu.Item onClick={() => onChange({ assignee: "me" })}>me</Menu.Item>
      <Menu.Item onClick={() => onChange({ assignee: "" })}>nobody</Menu.Item>
      <Menu.Divider />
      {owners.map((owner) => (
        <Menu.Item key={owner} onClick={() => onChange({ assignee: owner })}>
          {owner}
        </Menu.Item>
      ))}
    </Choices>
  );
}

export function PriorityMenu({ busy, onChange }: Props): ReactNode {
  return (
    <Choices icon={<IconFlag size={14} />} label="Priority" busy={busy}>
      {(["high", "medium", "low", "computed"] as const).map((priority) => (
        <Menu.Item key={priority} onClick={() => onChange({ priority })}>
          {priority}
        </Menu.Item>
      ))}
    </Choices>
  );
}

function Choices(props: { icon: ReactNode; label: string; busy: boolean; children: ReactNode }): ReactNode {
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          className={classes["action"] ?? ""}
          leftSection={props.icon}
          disabled={props.busy}
        >
          {props.label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <ScrollArea.Autosize mah={300}>{props.children}</ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}
