import { ActionIcon, Group, Text, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconLogout, IconMoon, IconSun } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { meOptions } from "../api/queries";
import { useSignOut } from "./useSignOut";

/** Who is signed in, the colour scheme, and the way out. */
export function Account(): ReactNode {
  const me = useQuery(meOptions);
  const signOut = useSignOut();
  const scheme = useComputedColorScheme("light");
  const { setColorScheme } = useMantineColorScheme();
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <Group justify="space-between" wrap="nowrap" gap={4}>
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={500} truncate title={me.data?.email}>
          {nameOf(me.data)}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {me.data?.organization}
        </Text>
      </div>
      <Group gap={2} wrap="nowrap">
        <Tooltip label={`Use ${other} colours`}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Use ${other} colours`}
            onClick={() => setColorScheme(other)}
          >
            {scheme === "dark" ? <IconSun size={18} /> : <IconMoon size={18} />}
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Sign out">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="Sign out"
            loading={signOut.isPending}
            onClick={() => signOut.mutate()}
          >
            <IconLogout size={18} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Group>
  );
}

function nameOf(me: Schemas["Me"] | undefined): string {
  const { name, email } = me ?? { name: "", email: "" };
  return name === "" ? email : name;
}
