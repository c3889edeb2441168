// The event for somewhere else: a chat, a ticket, a coding agent.
import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown, IconCopy } from "@tabler/icons-react";
import { markdown, stackText } from "../pure/copy";
import type { IssueEvent } from "../types";

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notifications.show({ message: `${what} copied`, autoClose: 2000 });
  } catch {
    // Browsers have no clipboard for pages without TLS, and ask people for leave.
    notifications.show({
      color: "red",
      title: `${what} not copied`,
      message:
        "The browser keeps the clipboard from this page: open it over HTTPS or on localhost, or allow it in the address bar.",
    });
  }
}

export function copyStack(event: IssueEvent): Promise<void> {
  return copy(stackText(event), "Stack");
}

export function CopyMenu({ event, shortId }: { readonly event: IssueEvent; readonly shortId: string }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconCopy size={14} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          Copy
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void copyStack(event)}>Stack as text</Menu.Item>
        <Menu.Item onClick={() => void copy(markdown(event, shortId, eventAddress(event)), "Markdown")}>
          Markdown, for a ticket or an agent
        </Menu.Item>
        <Menu.Item onClick={() => void copy(eventAddress(event), "Link")}>Link to this event</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function eventAddress(event: IssueEvent): string {
  return `${window.location.origin}/issues/${event.issue_id ?? ""}/events/${event.event_id}`;
}
