import {
  Button,
  Checkbox,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { ErrorNote } from "../common/ErrorNote";
import { ActionFields } from "./ActionFields";
import { Preview } from "./Preview";
import { useSaveRule, type Rule, type RuleBody } from "./useRules";
import { COOLDOWNS, LEVELS, TRIGGERS, WINDOWS } from "./words";

interface Props {
  slug: string;
  /** "" for a new rule. */
  id: string;
  initial: RuleBody;
  onSaved: (rule: Rule) => void;
}

export function RuleForm({ slug, id, initial, onSaved }: Props): ReactNode {
  const save = useSaveRule(slug);
  const [rule, setRule] = useState(initial);
  const set = (part: Partial<RuleBody>): void => setRule((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate({ id, body: { ...rule, name: rule.name.trim() } }, { onSuccess: onSaved });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          maxLength={128}
          value={rule.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          data-autofocus
        />
        <Checkbox.Group
          label="When"
          value={rule.triggers}
          onChange={(chosen) =>
            set({ triggers: TRIGGERS.map(({ value }) => value).filter((value) => chosen.includes(value)) })
          }
        >
          <Stack gap={6} mt={4}>
            {TRIGGERS.map(({ value, label, says }) => (
              <Checkbox key={value} value={value} label={label} description={says} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Thresholds rule={rule} set={set} />
        <MultiSelect
          label="Only at level"
          placeholder={rule.levels.length ? "" : "any level"}
          data={LEVELS}
          value={rule.levels}
          onChange={(levels) => set({ levels })}
        />
        <TagsInput
          label="Only in environment"
          placeholder={rule.environments.length ? "" : "any environment"}
          value={rule.environments}
          onChange={(environments) => set({ environments })}
        />
        <Select
          label="How often"
          data={COOLDOWNS}
          allowDeselect={false}
          value={String(rule.cooldown_seconds)}
          onChange={(seconds) => set({ cooldown_seconds: Number(seconds) })}
        />
        <ActionFields actions={rule.actions} onChange={(actions) => set({ actions })} />
        <Switch
          label="Enabled"
          checked={rule.enabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })}
        />
        <Preview slug={slug} rule={rule} />
        {save.isError && <ErrorNote what="The rule was not saved" error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending} disabled={!rule.name.trim() || rule.triggers.length === 0}>
            Save rule
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ThresholdProps {
  rule: RuleBody;
  set: (part: Partial<RuleBody>) => void;
}

/** Numbers of the triggers that count; nothing where none is chosen. */
function Thresholds({ rule, set }: ThresholdProps): ReactNode {
  const counted = (["frequency", "users"] as const).filter((trigger) => rule.triggers.includes(trigger));
  if (counted.length === 0) return null;
  const number = { min: 1, max: 10_000, allowDecimal: false, clampBehavior: "blur" } as const;
  return (
    <Group align="flex-end" gap="sm">
      {counted.includes("frequency") && (
        <NumberInput
          label="Events"
          {...number}
          w={110}
          value={rule.events}
          onChange={(value) => set({ events: Number(value) })}
        />
      )}
      {counted.includes("users") && (
        <NumberInput
          label="Users"
          {...number}
          w={110}
          value={rule.users}
          onChange={(value) => set({ users: Number(value) })}
        />
      )}
      <Select
        label="Counted"
        data={WINDOWS}
        allowDeselect={false}
        w={150}
        value={String(rule.window_seconds)}
        onChange={(seconds) => set({ window_seconds: Number(seconds) })}
      />
    </Group>
  );
}
