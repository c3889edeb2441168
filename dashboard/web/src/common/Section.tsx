import { Box, Group, Paper, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  title: string;
  says?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of a screen with its own heading. */
export function Section({ title, says, actions, children }: Props): ReactNode {
  return (
    <Paper component="section" aria-label={title} withBorder p="md" mb="md" bg="var(--seiche-surface)">
      <Group justify="space-between" align="flex-start" mb="sm" gap="sm">
        <Box maw={640}>
          <Title order={2} fz={16}>
            {title}
          </Title>
          {says && (
            <Text size="sm" c="dimmed" component="div">
              {says}
            </Text>
          )}
        </Box>
        {actions}
      </Group>
      {children}
    </Paper>
  );
}
