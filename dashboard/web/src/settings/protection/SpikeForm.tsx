import { Button, Group, NumberInput, Stack, Switch } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { ErrorNote } from "../../common/ErrorNote";
import { Section } from "../../common/Section";
import { same } from "./limits";
import { useChangeProtection } from "./useProtection";

type Spike = Schemas["SpikeBody"];

/** One problem that floods the project must not hide, or cost, all others. */
export function SpikeForm({ slug, saved, manages }: { slug: string; saved: Spike; manages: boolean }): ReactNode {
  const change = useChangeProtection(slug);
  const [spike, setSpike] = useState(saved);
  const set = (part: Partial<Spike>): void => setSpike((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate({ spike });
  };
  return (
    <Section
      title="Spike protection"
      says="When one problem floods the project, its first events of each minute are kept, then every 2nd, 4th, 8th and so on. Rare problems always pass. What is dropped is counted as rate limited, reason “spike”; issue counts are then those of the kept events."
    >
      <form onSubmit={submit}>
        <Stack maw={560}>
          <Switch
            label="Protect against spikes"
            description="Off by default: everything is kept"
            disabled={!manages}
            checked={spike.enabled}
            onChange={(event) => set({ enabled: event.currentTarget.checked })}
          />
          <NumberInput
            label="Begins at"
            description="In a minute with no more than so many events of the project nothing is dropped. 0: every problem is looked at by itself, always"
            min={0}
            allowDecimal={false}
            thousandSeparator=","
            suffix=" events a minute"
            disabled={!manages || !spike.enabled}
            value={spike.project_per_minute}
            onChange={(value) => set({ project_per_minute: Number(value) || 0 })}
          />
          <NumberInput
            label="First of each problem"
            description="So many events of each problem pass every minute, whatever else happens. A problem here is an exception's type and innermost frame, or the beginning of a message"
            min={1}
            allowDecimal={false}
            thousandSeparator=","
            suffix=" events a minute"
            disabled={!manages || !spike.enabled}
            value={spike.first_per_problem}
            onChange={(value) => set({ first_per_problem: Math.max(1, Number(value) || 1) })}
          />
          {change.isError && <ErrorNote what="Spike protection was not saved" error={change.error} />}
          <Group>
            <Button type="submit" size="xs" loading={change.isPending} disabled={!manages || same(spike, saved)}>
              Save spike protection
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
