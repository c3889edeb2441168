import { Box, Group, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

/** A screen: its heading, which is also the window's title, what can be done on it, and its content. */
export function Page({
  title,
  actions,
  wide = false,
  children,
}: {
  title: string;
  actions?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}): ReactNode {
  useDocumentTitle(`${title} - Seiche`);
  return (
    <Box maw={wide ? undefined : 1000} mx="auto">
      <Group justify="space-between" mb="md" gap="sm">
        <Title order={1} fz={22}>
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Box>
  );
}
