import { Stack, Text, Title } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** Nothing to show, and why. */
export function Empty({
  icon: Symbol,
  title,
  children,
}: {
  icon: Icon;
  title: string;
  children?: ReactNode;
}): ReactNode {
  return (
    <Stack align="center" gap="xs" py={64} px="md" ta="center">
      <Symbol size={40} stroke={1.4} color="var(--mantine-color-dimmed)" aria-hidden />
      <Title order={2} fz="lg">
        {title}
      </Title>
      {children && (
        <Text c="dimmed" component="div" maw={520} size="sm">
          {children}
        </Text>
      )}
    </Stack>
  );
}
