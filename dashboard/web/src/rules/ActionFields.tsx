import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { RuleBody } from "./useRules";

type Action = RuleBody["actions"][number];

const CHANNELS = [
  { value: "mail", label: "Mail" },
  { value: "webhook", label: "Webhook" },
];

/** Who is told: mail addresses and webhooks. */
export function ActionFields({
  actions,
  onChange,
}: {
  actions: Action[];
  onChange: (actions: Action[]) => void;
}): ReactNode {
  const set = (at: number, part: Partial<Action>): void => {
    onChange(actions.map((action, index) => (index === at ? { ...action, ...part } : action)));
  };
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        Tell
      </Text>
      {actions.map((action, at) => (
        <Group key={at} wrap="nowrap" gap="xs">
          <Select
            aria-label={`Channel ${at + 1}`}
            w={120}
            data={CHANNELS}
            allowDeselect={false}
            value={action.channel}
            onChange={(channel) => set(at, { channel: channel === "webhook" ? "webhook" : "mail" })}
          />
          <TextInput
            aria-label={`Target ${at + 1}`}
            style={{ flex: 1 }}
            required
            maxLength={512}
            type={action.channel === "mail" ? "email" : "url"}
            placeholder={action.channel === "mail" ? "oncall@example.com" : "https://example.com/hook"}
            value={action.target}
            onChange={(event) => set(at, { target: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Remove target ${at + 1}`}
            onClick={() => onChange(actions.filter((_, index) => index !== at))}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange([...actions, { channel: "mail", target: "", secret: "" }])}
        >
          Add a target
        </Button>
      </div>
    </Stack>
  );
}
