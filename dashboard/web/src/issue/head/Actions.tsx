// What people decide about an issue; on a phone it stays at the foot of the screen.
import { ActionIcon, Button, Group, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowBackUp, IconBellOff, IconCheck, IconChevronDown } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { How, StatusChange } from "../data/useStatus";
import classes from "../issue.module.css";
import type { Issue } from "../types";
import { IgnoreForm, ResolveForm } from "./DecideForms";

interface Props {
  readonly issue: Issue;
  readonly status: StatusChange;
}

export function Actions({ issue, status }: Props) {
  const open = issue.status === "unresolved";
  return (
    <Group gap="xs" wrap="nowrap" className={classes["actions"]} role="group" aria-label="Decide">
      {open ? (
        <>
          <Resolve issue={issue} status={status} />
          <Ignore status={status} />
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

function Resolve({ issue, status }: Props) {
  const [asks, form] = useDisclosure(false);
  const resolve = (how: NonNullable<How["resolve"]>["how"]) =>
    status.change("resolved", { resolve: { how, release: "", commit: "" } });
  const newest = issue.newest_release;
  return (
    <>
      <Split
        button={
          <Button
            leftSection={<IconCheck size={16} aria-hidden />}
            disabled={status.pending}
            aria-keyshortcuts="r"
            onClick={() => status.change("resolved")}
          >
            Resolve
          </Button>
        }
        label="Say where the fix is"
        variant="filled"
        disabled={status.pending}
      >
        <Menu.Label>The fix is</Menu.Label>
        <Menu.Item onClick={() => resolve("now")}>live now</Menu.Item>
        <Menu.Item disabled={!newest} onClick={() => resolve("this_release")}>
          in this release{newest && ` (${newest})`}
        </Menu.Item>
        <Menu.Item onClick={() => resolve("next_release")}>in the next release</Menu.Item>
        <Menu.Item onClick={form.open}>in another release or a commit...</Menu.Item>
      </Split>
      <ResolveForm
        opened={asks}
        onClose={form.close}
        releases={issue.releases}
        onDone={(how) => status.change("resolved", how)}
      />
    </>
  );
}

const HOUR = 3_600_000;
const PAUSES = [
  { says: "for 1 hour", milliseconds: HOUR },
  { says: "for 1 day", milliseconds: 24 * HOUR },
  { says: "for 1 week", milliseconds: 7 * 24 * HOUR },
] as const;
const NOTHING = { next_release: false, escalating: false } as const;

function Ignore({ status }: { readonly status: StatusChange }) {
  const [asks, form] = useDisclosure(false);
  const ignore = (part: Partial<NonNullable<How["ignore"]>>) =>
    status.change("ignored", { ignore: { ...NOTHING, ...part } });
  return (
    <>
      <Split
        button={
          <Button
            variant="default"
            leftSection={<IconBellOff size={16} aria-hidden />}
            disabled={status.pending}
            aria-keyshortcuts="i"
            onClick={() => status.change("ignored")}
          >
            Ignore
          </Button>
        }
        label="Leave it until something happens"
        variant="default"
        disabled={status.pending}
      >
        {PAUSES.map(({ says, milliseconds }) => (
          <Menu.Item key={says} onClick={() => ignore({ until: new Date(Date.now() + milliseconds).toISOString() })}>
            {says}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => ignore({ escalating: true })}>until it escalates</Menu.Item>
        <Menu.Item onClick={() => ignore({ next_release: true })}>until the next release</Menu.Item>
        <Menu.Item onClick={form.open}>until so many events or users...</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => status.change("ignored")}>for ever</Menu.Item>
      </Split>
      <IgnoreForm opened={asks} onClose={form.close} onDone={(how) => status.change("ignored", how)} />
    </>
  );
}

interface SplitProps {
  readonly button: ReactNode;
  readonly label: string;
  readonly variant: "filled" | "default";
  readonly disabled: boolean;
  readonly children: ReactNode;
}

/** The usual way as a button, the others in a menu beside it. */
function Split({ button, label, variant, disabled, children }: SplitProps) {
  return (
    <Group gap={2} wrap="nowrap" className={classes["split"] ?? ""}>
      {button}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant={variant} size={36} aria-label={label} disabled={disabled}>
            <IconChevronDown size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>{children}</Menu.Dropdown>
      </Menu>
    </Group>
  );
}
