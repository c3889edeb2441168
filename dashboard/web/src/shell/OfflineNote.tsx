import { Alert } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { IconWifiOff } from "@tabler/icons-react";
import type { ReactNode } from "react";

export function OfflineNote(): ReactNode {
  const { online } = useNetwork();
  if (online) return null;
  return (
    <Alert color="yellow" variant="outline" icon={<IconWifiOff />} mb="md" role="status" title="You are offline">
      What you see is what was loaded last. Changes will fail until the connection is back.
    </Alert>
  );
}
