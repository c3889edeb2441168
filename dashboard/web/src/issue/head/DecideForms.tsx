// What a menu has no room for: a release or a commit by name, so many events or users.
import {
  Autocomplete,
  Button,
  Group,
  Modal,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  TextInput,
} from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { WINDOWS } from "../../rules/words";
import type { How } from "../data/useStatus";

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onDone: (how: Partial<How>) => void;
}

export function ResolveForm({ opened, onClose, onDone, releases }: Props & { readonly releases: readonly string[] }) {
  const [release, setRelease] = useState("");
  const [commit, setCommit] = useState("");
  const [by, setBy] = useState("release");
  const inRelease = by === "release";
  const usable = inRelease ? release.trim() !== "" : /^[0-9a-fA-F]{7,64}$/.test(commit.trim());
  return (
    <Form
      title="Resolve"
      action="Resolve"
      opened={opened}
      onClose={onClose}
      usable={usable}
      onSubmit={() =>
        onDone({
          resolve: inRelease
            ? { how: "release", release: release.trim(), commit: "" }
            : { how: "commit", release: "", commit: commit.trim() },
        })
      }
    >
      <SegmentedControl
        aria-label="Where the fix is"
        value={by}
        onChange={setBy}
        data={[
          { value: "release", label: "In a release" },
          { value: "commit", label: "In a commit" },
        ]}
      />
      {inRelease ? (
        <Autocomplete
          label="Release with the fix"
          description="Events of older releases will not reopen the issue"
          data={[...releases]}
          maxLength={250}
          value={release}
          onChange={setRelease}
          data-autofocus
        />
      ) : (
        <TextInput
          label="Commit with the fix"
          description="It counts from the first release that holds it; until one is known, from the next release"
          maxLength={64}
          value={commit}
          onChange={(event) => setCommit(event.currentTarget.value)}
        />
      )}
    </Form>
  );
}

export function IgnoreForm({ opened, onClose, onDone }: Props) {
  const [number, setNumber] = useState(100);
  const [what, setWhat] = useState<"events" | "users">("events");
  const [seconds, setSeconds] = useState<string | null>(null);
  return (
    <Form
      title="Ignore until it has"
      action="Ignore"
      opened={opened}
      onClose={onClose}
      usable={number >= 1}
      onSubmit={() =>
        onDone({
          ignore: {
            [what]: number,
            window_seconds: seconds === null ? null : Number(seconds),
            next_release: false,
            escalating: false,
          },
        })
      }
    >
      <Group align="flex-end" gap="sm">
        <NumberInput
          label="How many more"
          min={1}
          max={10_000}
          allowDecimal={false}
          clampBehavior="blur"
          w={130}
          value={number}
          onChange={(value) => setNumber(Number(value))}
          data-autofocus
        />
        <SegmentedControl
          aria-label="What is counted"
          value={what}
          onChange={setWhat}
          data={[
            { value: "events", label: "events" },
            { value: "users", label: "users" },
          ]}
        />
      </Group>
      <Select
        label="How fast"
        placeholder="however long it takes"
        clearable
        data={WINDOWS}
        value={seconds}
        onChange={setSeconds}
      />
    </Form>
  );
}

interface FormProps {
  readonly title: string;
  readonly action: string;
  readonly opened: boolean;
  readonly usable: boolean;
  readonly onClose: () => void;
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}

function Form({ title, action, opened, usable, onClose, onSubmit, children }: FormProps) {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onClose();
    onSubmit();
  };
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <form onSubmit={submit}>
        <Stack>
          {children}
          <Group justify="flex-end">
            <Button type="submit" disabled={!usable}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
