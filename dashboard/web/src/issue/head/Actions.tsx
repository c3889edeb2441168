// What people decide about an issue; on a phone it stays at the foot of the screen.
import { Button, Group } from "@mantine/core";
import { IconArrowBackUp, IconBellOff, IconCheck } from "@tabler/icons-react";
import type { StatusChange } from "../data/useStatus";
import classes from "../issue.module.css";
import type { Issue } from "../types";

export function Actions({ issue, status }: { readonly issue: Issue; readonly status: StatusChange }) {
  const open = issue.status === "unresolved";
  return (
    <Group gap="xs" wrap="nowrap" className={classes["actions"]} role="group" aria-label="Decide">
      {open ? (
        <>
          <Button
            leftSection={<IconCheck size={16} aria-hidden />}
            disabled={status.pending}
            aria-keyshortcuts="r"
            onClick={() => status.change("resolved")}
          >
            Resolve
          </Button>
          <Button
            variant="default"
            leftSection={<IconBellOff size={16} aria-hidden />}
            disabled={status.pending}
            aria-keyshortcuts="i"
            onClick={() => status.change("ignored")}
          >
            Ignore
          </Button>
        </>
      ) : (
        <Button
          variant="default"
          leftSection={<IconArrowBackUp size={16} aria-hidden />}
          disabled={status.pending}
          aria-keyshortcuts="u"
          onClick={() => status.change("unresolved")}
        >
          Reopen
        </Button>
      )}
    </Group>
  );
}
