import { Badge, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { Ago } from "../common/Ago";
import { CopyText } from "../common/CopyText";
import { ErrorNote } from "../common/ErrorNote";
import { Section } from "../common/Section";
import { NewKey } from "./NewKey";
import { useChangeKey, useKeys } from "./useSettings";

export function Keys({ slug, manages }: { slug: string; manages: boolean }): ReactNode {
  const keys = useKeys(slug);
  const [creating, { open, close }] = useDisclosure(false);
  return (
    <Section
      title="Keys"
      says="To change a DSN without losing an event: make a new key, roll it out, then disable the old one."
      actions={
        <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} disabled={!manages} onClick={open}>
          New key
        </Button>
      }
    >
      <NewKey slug={slug} opened={creating} onClose={close} />
      {keys.isPending && <Skeleton h={60} />}
      {keys.isError && <ErrorNote what="The keys do not load" error={keys.error} retry={keys.refetch} />}
      <Stack>
        {keys.data?.map((key) => (
          <KeyRow key={key.public_key} slug={slug} found={key} manages={manages} />
        ))}
      </Stack>
    </Section>
  );
}

function KeyRow({ slug, found, manages }: { slug: string; found: Schemas["Key"]; manages: boolean }): ReactNode {
  const change = useChangeKey(slug);
  return (
    <div>
      <Group justify="space-between">
        <Group gap="xs">
          <Text fw={600} size="sm">
            {found.label}
          </Text>
          <Badge variant="light" color={found.active ? "green" : "gray"} size="sm">
            {found.active ? "Active" : "Disabled"}
          </Badge>
          <Text size="xs" c="dimmed">
            made <Ago at={found.created_at} />
          </Text>
        </Group>
        <Button
          size="compact-sm"
          variant="default"
          disabled={!manages}
          loading={change.isPending}
          aria-label={`${found.active ? "Disable" : "Enable"} key ${found.label}`}
          onClick={() => change.mutate({ key: found.public_key, active: !found.active })}
        >
          {found.active ? "Disable" : "Enable"}
        </Button>
      </Group>
      <CopyText value={found.dsn} label={`DSN of ${found.label}`} />
    </div>
  );
}
