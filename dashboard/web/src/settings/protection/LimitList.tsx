import { ActionIcon, Button, Group, MultiSelect, NumberInput, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState, type FormEvent, type ReactNode } from "react";
import { ErrorNote } from "../../common/ErrorNote";
import { CATEGORIES, FRESH, UNITS, WINDOWS, same, twice } from "./limits";
import type { Limit } from "./useProtection";

interface Props {
  /** Whose limits: "this project". */
  of: string;
  saved: Limit[];
  manages: boolean;
  saving: boolean;
  error: Error | null;
  onSave: (limits: Limit[]) => void;
}

/** A list of limits that can be edited; it is saved as a whole. */
export function LimitList({ of, saved, manages, saving, error, onSave }: Props): ReactNode {
  const [limits, setLimits] = useState(saved);
  const change = (at: number, part: Partial<Limit>): void =>
    setLimits((before) => before.map((limit, index) => (index === at ? { ...limit, ...part } : limit)));
  const repeated = twice(limits);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSave(limits);
  };
  return (
    <form onSubmit={submit} aria-label={`Limits of ${of}`}>
      <Stack gap="xs">
        {limits.length === 0 && (
          <Text size="sm" c="dimmed">
            No limit is set: everything is taken.
          </Text>
        )}
        {limits.map((limit, at) => (
          <Group key={at} gap="xs" align="flex-start" role="group" aria-label={`Limit ${at + 1} of ${of}`}>
            <NumberInput
              aria-label="At most"
              w={130}
              min={0}
              allowDecimal={false}
              thousandSeparator=","
              disabled={!manages}
              value={limit.quantity}
              onChange={(quantity) => change(at, { quantity: Number(quantity) || 0 })}
            />
            <Select
              aria-label="Unit"
              w={105}
              data={[...UNITS]}
              allowDeselect={false}
              disabled={!manages}
              value={limit.unit}
              onChange={(unit) => unit && change(at, { unit })}
            />
            <Select
              aria-label="Window"
              w={125}
              data={WINDOWS.map((window) => ({ value: window, label: `a ${window}`.replace("a hour", "an hour") }))}
              allowDeselect={false}
              disabled={!manages}
              value={limit.window}
              onChange={(window) => window && change(at, { window })}
            />
            <MultiSelect
              aria-label="Of"
              maw={340}
              miw={180}
              data={[...CATEGORIES]}
              placeholder={limit.categories.length ? "" : "everything"}
              disabled={!manages}
              value={limit.categories}
              onChange={(categories) => change(at, { categories })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              disabled={!manages}
              aria-label={`Remove limit ${at + 1} of ${of}`}
              onClick={() => setLimits((before) => before.filter((_, index) => index !== at))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        {repeated !== null && (
          <Text size="sm" c="red" role="alert">
            Limit {repeated + 1} counts the same as one before it: only the smaller would ever be met.
          </Text>
        )}
        {error && <ErrorNote what="The limits were not saved" error={error} />}
        <Group gap="sm">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} />}
            disabled={!manages || limits.length >= 20}
            onClick={() => setLimits((before) => [...before, FRESH])}
          >
            Add a limit
          </Button>
          <Button
            size="xs"
            type="submit"
            loading={saving}
            disabled={!manages || repeated !== null || same(limits, saved)}
          >
            Save limits of {of}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
