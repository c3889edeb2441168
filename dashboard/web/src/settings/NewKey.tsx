import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { ErrorNote } from "../common/ErrorNote";
import { useCreateKey } from "./useSettings";

export function NewKey({ slug, opened, onClose }: { slug: string; opened: boolean; onClose: () => void }): ReactNode {
  const create = useCreateKey(slug);
  const [label, setLabel] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate(label.trim(), {
      onSuccess: () => {
        setLabel("");
        onClose();
      },
    });
  };
  return (
    <Modal opened={opened} onClose={onClose} title="New key" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Label"
            description="Which program uses it"
            required
            maxLength={64}
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
            data-autofocus
          />
          {create.isError && <ErrorNote what="The key was not made" error={create.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending} disabled={!label.trim()}>
              Make key
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
