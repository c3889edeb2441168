import { Button, Group, NumberInput, Stack, Switch, TagsInput, TextInput } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import type { Schemas } from "../api/client";
import { ErrorNote } from "../common/ErrorNote";
import { Section } from "../common/Section";
import { changesOf, type Settings } from "./changes";
import { useChangeProject } from "./useSettings";

export function GeneralForm({ project, manages }: { project: Schemas["ProjectDetail"]; manages: boolean }): ReactNode {
  const save = useChangeProject(project.slug);
  const [settings, setSettings] = useState<Settings>(() => ({
    name: project.name,
    retention_days: project.retention_days,
    scrub_defaults: project.scrub_defaults,
    sensitive_fields: project.sensitive_fields,
  }));
  const set = (part: Partial<Settings>): void => setSettings((before) => ({ ...before, ...part }));
  const changes = changesOf(project, settings);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate(changes);
  };
  return (
    <Section title="Project" says="Changes apply to events that arrive from now on; what is stored stays as it is.">
      <form onSubmit={submit}>
        <Stack maw={560}>
          <TextInput
            label="Name"
            required
            maxLength={128}
            disabled={!manages}
            value={settings.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <NumberInput
            label="Retention"
            description="Days that events are kept; issues and their numbers stay"
            min={1}
            max={3650}
            clampBehavior="blur"
            allowDecimal={false}
            suffix=" days"
            disabled={!manages}
            value={settings.retention_days}
            onChange={(days) => set({ retention_days: Number(days) })}
          />
          <Switch
            label="Remove common secrets"
            description="Passwords, tokens, card numbers and the like, before anything is stored"
            disabled={!manages}
            checked={settings.scrub_defaults}
            onChange={(event) => set({ scrub_defaults: event.currentTarget.checked })}
          />
          <TagsInput
            label="More sensitive fields"
            description="Values under these names are removed as well"
            placeholder="customer_number"
            splitChars={[",", " "]}
            disabled={!manages}
            value={settings.sensitive_fields}
            onChange={(fields) => set({ sensitive_fields: fields })}
          />
          {save.isError && <ErrorNote what="The settings were not saved" error={save.error} />}
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!manages || Object.keys(changes).length === 0}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
