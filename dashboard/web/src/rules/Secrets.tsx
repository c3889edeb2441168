import { Alert, Stack, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { CopyText } from "../common/CopyText";
import type { Rule } from "./useRules";

/** The secrets that sign a rule's webhooks, straight after it was saved; never again. */
export function Secrets({ rule, onClose }: { rule: Rule; onClose: () => void }): ReactNode {
  const fresh = rule.actions.filter((action) => action.secret);
  if (fresh.length === 0) return null;
  return (
    <Alert
      color="yellow"
      variant="outline"
      icon={<IconKey />}
      mb="md"
      title="Copy the webhook's secret now: it is shown only once"
      withCloseButton
      closeButtonLabel="I have copied it"
      onClose={onClose}
    >
      <Stack gap="xs">
        {fresh.map((action) => (
          <div key={action.target}>
            <Text size="sm">{action.target}</Text>
            <CopyText value={action.secret} label="secret" />
          </div>
        ))}
      </Stack>
    </Alert>
  );
}
