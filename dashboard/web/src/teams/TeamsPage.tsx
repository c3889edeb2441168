import { Alert, Button, Group, Modal, MultiSelect, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState, type FormEvent, type ReactNode } from "react";
import { ErrorNote } from "../common/ErrorNote";
import { Page } from "../common/Page";
import { Section } from "../common/Section";
import { MANAGERS_ONLY, useMayManage } from "../common/useMayManage";
import { useChangeTeam, useCreateTeam, useDeleteTeam, useMembers, useTeams, type Team } from "./useTeams";

export function TeamsPage(): ReactNode {
  const teams = useTeams();
  const members = useMembers();
  const manages = useMayManage();
  const emails = (members.data ?? []).map(({ email }) => email);
  return (
    <Page title="Teams">
      {!manages && <Alert color="gray" variant="outline" mb="md" title={MANAGERS_ONLY} />}
      {manages && <NewTeam />}
      {teams.isPending && <Skeleton h={200} />}
      {teams.isError && <ErrorNote what="The teams do not load" error={teams.error} retry={teams.refetch} />}
      {teams.data?.length === 0 && (
        <Text c="dimmed">No team yet. Issues can be assigned to a team, and ownership rules can name one.</Text>
      )}
      {teams.data?.map((team) => (
        <TeamCard key={team.slug} team={team} emails={emails} manages={manages} />
      ))}
    </Page>
  );
}

function NewTeam(): ReactNode {
  const create = useCreateTeam();
  const [slug, setSlug] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate({ slug: slug.trim(), name: "" }, { onSuccess: () => setSlug("") });
  };
  return (
    <Section title="New team" says="Its short name is what #name means in ownership rules and searches.">
      <form onSubmit={submit}>
        <Group align="flex-end">
          <TextInput
            label="Short name"
            placeholder="payments"
            maxLength={64}
            value={slug}
            onChange={(event) => setSlug(event.currentTarget.value.toLowerCase())}
          />
          <Button type="submit" loading={create.isPending} disabled={!slug.trim()}>
            Create team
          </Button>
        </Group>
        {create.isError && <ErrorNote what="The team was not created" error={create.error} />}
      </form>
    </Section>
  );
}

function TeamCard({ team, emails, manages }: { team: Team; emails: string[]; manages: boolean }): ReactNode {
  const change = useChangeTeam(team.slug);
  const remove = useDeleteTeam(team.slug);
  const [asks, confirm] = useDisclosure(false);
  return (
    <Section
      title={`#${team.slug}`}
      actions={
        manages && (
          <Button size="compact-sm" variant="default" onClick={confirm.open} aria-label={`Delete #${team.slug}`}>
            Delete
          </Button>
        )
      }
    >
      <MultiSelect
        label="Members"
        placeholder={team.members.length ? "" : "nobody yet"}
        searchable
        data={[...new Set([...emails, ...team.members])]}
        value={team.members}
        disabled={!manages || change.isPending}
        onChange={(members) => change.mutate(members)}
      />
      <Modal opened={asks} onClose={confirm.close} title={`Delete #${team.slug}?`} centered>
        <Stack>
          <Text size="sm">Its issues are nobody's then, and ownership rules that name it are skipped.</Text>
          <Group justify="flex-end">
            <Button
              color="red"
              loading={remove.isPending}
              onClick={() => remove.mutate(undefined, { onSettled: confirm.close })}
            >
              Delete team
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Section>
  );
}
