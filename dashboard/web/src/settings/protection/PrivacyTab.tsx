import {
  ActionIcon,
  Button,
  Code,
  Group,
  Select,
  Skeleton,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState, type FormEvent, type ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { ErrorNote } from "../../common/ErrorNote";
import { Section } from "../../common/Section";
import { Erasures } from "./Erasures";
import { same } from "./limits";
import { useChangeProtection, useProtection } from "./useProtection";

type Scrubbing = Schemas["Scrubbing"];
type Rule = Schemas["ScrubRuleBody"];

const METHODS = [
  { value: "replace", label: "replace it" },
  { value: "mask", label: "mask it: ****" },
  { value: "hash", label: "hash it" },
  { value: "remove", label: "remove it" },
] as const;
const FRESH: Rule = { source: "extra.**", pattern: "", method: "replace", replacement: "[Filtered]" };
const MOST_RULES = 50;

/** What must not be stored: a project's own scrubbing, besides the default one. */
export function PrivacyTab({ slug, manages }: { slug: string; manages: boolean }): ReactNode {
  const protection = useProtection(slug);
  if (protection.isError) {
    return <ErrorNote what="The rules do not load" error={protection.error} retry={protection.refetch} />;
  }
  if (!protection.data) return <Skeleton h={300} />;
  return (
    <Stack gap={0}>
      <PrivacyForm key={protection.data.version} slug={slug} saved={protection.data.scrubbing} manages={manages} />
      <Erasures slug={slug} manages={manages} />
    </Stack>
  );
}

function PrivacyForm({ slug, saved, manages }: { slug: string; saved: Scrubbing; manages: boolean }): ReactNode {
  const change = useChangeProtection(slug);
  const [scrubbing, setScrubbing] = useState(saved);
  const set = (part: Partial<Scrubbing>): void => setScrubbing((before) => ({ ...before, ...part }));
  const setRule = (at: number, part: Partial<Rule>): void =>
    set({ rules: scrubbing.rules.map((rule, index) => (index === at ? { ...rule, ...part } : rule)) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate({ scrubbing });
  };
  return (
    <Section
      title="Scrubbing"
      says="Before an event is stored anywhere. Common secrets and more sensitive fields are in the tab General; these come on top, and hold for events that arrive from now on."
    >
      <form onSubmit={submit}>
        <Stack>
          <Switch
            label="Hide IP addresses"
            description="Of visitors: user.ip_address, and headers that carry one"
            disabled={!manages}
            checked={scrubbing.ip_addresses}
            onChange={(event) => set({ ip_addresses: event.currentTarget.checked })}
          />
          <TagsInput
            label="Safe fields"
            description="Values under exactly these names are left as they are, though the name looks like a secret's"
            placeholder="token_id"
            maw={560}
            splitChars={[",", " "]}
            disabled={!manages}
            value={scrubbing.safe_fields}
            onChange={(names) => set({ safe_fields: names })}
          />
          <div>
            <Text size="sm" fw={500}>
              Own rules
            </Text>
            <Text size="xs" c="dimmed" maw={640}>
              Where: a path such as <Code>extra.**</Code>, <Code>user.email</Code>, <Code>**.customer</Code> (
              <Code>*</Code> one level, <Code>**</Code> any number), or <Code>$string</Code> for every text. What: a
              regular expression without back-references and look-around; empty for the whole value.
            </Text>
          </div>
          {scrubbing.rules.map((rule, at) => (
            <Group key={at} gap="xs" align="flex-start" role="group" aria-label={`Rule ${at + 1}`}>
              <TextInput
                aria-label="Where"
                placeholder="extra.**"
                required
                disabled={!manages}
                value={rule.source}
                onChange={(event) => setRule(at, { source: event.currentTarget.value })}
              />
              <TextInput
                aria-label="What"
                placeholder="the whole value"
                w={240}
                disabled={!manages}
                value={rule.pattern}
                onChange={(event) => setRule(at, { pattern: event.currentTarget.value })}
              />
              <Select
                aria-label="How"
                w={150}
                data={[...METHODS]}
                allowDeselect={false}
                disabled={!manages}
                value={rule.method}
                onChange={(method) => method && setRule(at, { method })}
              />
              {rule.method === "replace" && (
                <TextInput
                  aria-label="By"
                  w={130}
                  disabled={!manages}
                  value={rule.replacement}
                  onChange={(event) => setRule(at, { replacement: event.currentTarget.value })}
                />
              )}
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                disabled={!manages}
                aria-label={`Remove rule ${at + 1}`}
                onClick={() => set({ rules: scrubbing.rules.filter((_, index) => index !== at) })}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          ))}
          {change.isError && <ErrorNote what="The rules were not saved" error={change.error} />}
          <Group gap="sm">
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPlus size={14} />}
              disabled={!manages || scrubbing.rules.length >= MOST_RULES}
              onClick={() => set({ rules: [...scrubbing.rules, FRESH] })}
            >
              Add a rule
            </Button>
            <Button size="xs" type="submit" loading={change.isPending} disabled={!manages || same(scrubbing, saved)}>
              Save scrubbing
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
