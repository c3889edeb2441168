import { Alert, Button, Code, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { adviceOn } from "./advice";

/** What failed, why, and what to do; with the request's id for whoever reads the server's log. */
export function ErrorNote({ what, error, retry }: { what: string; error: Error; retry?: () => unknown }): ReactNode {
  const requestId = error instanceof ApiError ? error.requestId : "";
  return (
    <Alert color="red" variant="outline" icon={<IconAlertTriangle />} title={what} role="alert">
      <Text size="sm">{error.message}</Text>
      <Text size="sm" mt={4}>
        {adviceOn(error)}
      </Text>
      <Group mt="sm" gap="md">
        {retry && (
          <Button size="xs" variant="default" onClick={() => void retry()}>
            Try again
          </Button>
        )}
        {requestId && (
          <Text size="xs" c="dimmed">
            Request <Code>{requestId}</Code>
          </Text>
        )}
      </Group>
    </Alert>
  );
}
