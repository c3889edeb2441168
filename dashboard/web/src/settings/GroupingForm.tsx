// How events become issues: the stages that can be switched, and the project's own rules. What cannot be read is refused with line numbers.
import { Button, Divider, Group, Select, Stack, Switch, Textarea } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import type { Schemas } from "../api/client";
import { ErrorNote } from "../common/ErrorNote";
import { Section } from "../common/Section";
import { groupingChanges, type GroupingSettings } from "./changes";
import { Regroup } from "./Regroup";
import { useChangeProject } from "./useSettings";

const FINGERPRINT_EXAMPLE = [
  'error.type:ConnectionError -> database-down title="The database is down"',
  "logger:billing.* -> {{ default }}, {{ tags.customer }}",
].join("\n");
const STACK_EXAMPLE = ["stack.module:vendored.* -app", "stack.function:ensure_* -culprit"].join("\n");
const MONOSPACE = { input: { fontFamily: "var(--mantine-font-family-monospace)" } };

export function GroupingForm({ project, manages }: { project: Schemas["ProjectDetail"]; manages: boolean }): ReactNode {
  const save = useChangeProject(project.slug);
  const [settings, setSettings] = useState<GroupingSettings>(() => ({
    grouping_version: project.grouping_version,
    grouping_near: project.grouping_near,
    fingerprint_rules: project.fingerprint_rules,
    stack_rules: project.stack_rules,
  }));
  const set = (part: Partial<GroupingSettings>): void => setSettings((before) => ({ ...before, ...part }));
  const changes = groupingChanges(project, settings);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate(changes);
  };
  return (
    <Section
      title="Grouping"
      says="Which events are one issue. Changes apply to events that arrive from now on; issues that exist keep their events until they are applied to history."
    >
      <form onSubmit={submit}>
        <Stack maw={720}>
          <Select
            label="Algorithm"
            description="After a change, issues of the version before keep matching"
            allowDeselect={false}
            disabled={!manages}
            data={[
              { value: "2", label: "Version 2: failing line, helpers passed over, whole stack" },
              { value: "1", label: "Version 1: type and place" },
            ]}
            value={String(settings.grouping_version)}
            onChange={(version) => set({ grouping_version: Number(version) })}
          />
          <Switch
            label="Follow code through releases"
            description="A renamed function, a moved line or another build joins the issue that it is nearly the same as; in doubt it is a new one. Needs version 2"
            disabled={!manages || settings.grouping_version < 2}
            checked={settings.grouping_near && settings.grouping_version >= 2}
            onChange={(event) => set({ grouping_near: event.currentTarget.checked })}
          />
          <Textarea
            label="Fingerprint rules"
            description="One a line: matchers -> fingerprint. The first that matches decides, also over the SDK's"
            placeholder={FINGERPRINT_EXAMPLE}
            autosize
            minRows={3}
            maxRows={16}
            spellCheck={false}
            styles={MONOSPACE}
            disabled={!manages}
            value={settings.fingerprint_rules}
            onChange={(event) => set({ fingerprint_rules: event.currentTarget.value })}
          />
          <Textarea
            label="Stack-trace rules"
            description="One a line: matchers of a frame, then +app, -app, +group, -group, +culprit, -culprit or max-frames=N. All that match apply"
            placeholder={STACK_EXAMPLE}
            autosize
            minRows={3}
            maxRows={16}
            spellCheck={false}
            styles={MONOSPACE}
            disabled={!manages}
            value={settings.stack_rules}
            onChange={(event) => set({ stack_rules: event.currentTarget.value })}
          />
          {save.isError && <ErrorNote what="The rules were not saved" error={save.error} />}
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!manages || Object.keys(changes).length === 0}>
              Save grouping
            </Button>
          </Group>
        </Stack>
      </form>
      <Divider my="md" maw={720} />
      <Regroup slug={project.slug} settings={settings} manages={manages} />
    </Section>
  );
}
