/** What one person said, as text: whatever was sent, nothing of it is markup. */
import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { Ago } from "../common/Ago";

export function Said({
  entry,
  linkTo,
}: {
  readonly entry: Schemas["FeedbackEntry"];
  readonly linkTo: "event" | "issue";
}): ReactNode {
  return (
    <li style={{ padding: "8px 0" }}>
      <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {entry.message}
      </Text>
      <Group gap="xs">
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {[entry.name, entry.email].filter(Boolean).join(", ") || "Somebody"}, <Ago at={entry.received_at} />
        </Text>
        {entry.issue_id && entry.event_id && (
          <Anchor
            size="xs"
            renderRoot={(props: Record<string, unknown>) => (
              <Link
                {...props}
                to="/issues/$issueId/events/$eventId"
                params={{ issueId: entry.issue_id ?? "", eventId: entry.event_id }}
              />
            )}
          >
            {linkTo === "event" ? "Show the event" : "Show the issue"}
          </Anchor>
        )}
      </Group>
    </li>
  );
}
