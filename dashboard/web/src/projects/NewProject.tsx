import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { ErrorNote } from "../common/ErrorNote";
import { PLATFORMS } from "./snippets";
import { useCreateProject } from "./useCreateProject";

/** Name and platform; then the new project's page says what to paste, and waits for the first event. */
export function NewProject({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactNode {
  const create = useCreateProject();
  const [name, setName] = useState("");
  const [platform, setPlatform] = useState("python");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate({ name: name.trim(), platform });
  };
  return (
    <Modal opened={opened} onClose={onClose} title="New project" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Name"
            description="Its address is made from it and stays"
            required
            maxLength={128}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Select
            label="Platform"
            description="Which program to paste in first; all of them may send"
            data={PLATFORMS.map(({ value, label }) => ({ value, label }))}
            value={platform}
            allowDeselect={false}
            onChange={(value) => setPlatform(value ?? "other")}
          />
          {create.isError && <ErrorNote what="The project was not created" error={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={!name.trim()}>
              Create project
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
