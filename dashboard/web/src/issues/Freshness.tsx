import { Anchor, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Ago } from "../common/Ago";

/** How old what is shown may be, and whether new issues show themselves. */
export function Freshness({
  live,
  asOf,
  onShowKeys,
}: {
  live: boolean;
  asOf: string | null;
  onShowKeys: () => void;
}): ReactNode {
  return (
    <Group gap="md">
      <Text size="xs" c="dimmed">
        {asOf === null ? (
          "Users and trends: analytics do not answer yet"
        ) : (
          <>
            Users and trends as of <Ago at={asOf} />
          </>
        )}
      </Text>
      <Text size="xs" c="dimmed">
        <span
          aria-hidden
          style={{
            display: "inline-block",
            width: 8,
            height: 8,
            marginRight: 6,
            borderRadius: "50%",
            background: live ? "var(--mantine-color-teal-6)" : "var(--mantine-color-gray-5)",
          }}
        />
        {live ? "Live" : "Asks every 15 s"}
      </Text>
      <Anchor component="button" type="button" size="xs" onClick={onShowKeys} visibleFrom="sm">
        Keys
      </Anchor>
    </Group>
  );
}
