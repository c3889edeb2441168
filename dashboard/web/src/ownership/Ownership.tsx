// What belongs to whom in a project: rules as text, the last one that matches wins.
import { Anchor, Button, Code, Group, Skeleton, Stack, Switch, Text, Textarea } from "@mantine/core";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent, type ReactNode } from "react";
import { api, unwrap, type Schemas } from "../api/client";
import { ErrorNote } from "../common/ErrorNote";
import { Section } from "../common/Section";
import { showDone } from "../common/toasts";

type View = Schemas["OwnershipView"];

const ownershipOptions = (slug: string) =>
  queryOptions({
    queryKey: ["ownership", slug],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/projects/{slug}/ownership", { params: { path: { slug } }, signal })),
  });

const EXAMPLE = "path:src/payments/*   #payments ada@example.org\nmodule:shop.checkout.*   #checkout";

export function Ownership({ slug, manages }: { slug: string; manages: boolean }): ReactNode {
  const found = useQuery(ownershipOptions(slug));
  return (
    <Section
      title="Ownership rules"
      says={
        <>
          One a line, the last that matches wins: <Code>path:</Code>, <Code>module:</Code>, <Code>url:</Code> or{" "}
          <Code>tags.NAME:</Code>, then members or{" "}
          <Anchor component={Link} to="/teams" inherit underline="always">
            #teams
          </Anchor>
          .
        </>
      }
    >
      {found.isPending && <Skeleton h={160} />}
      {found.isError && <ErrorNote what="The rules do not load" error={found.error} retry={found.refetch} />}
      {found.data && <Form key={found.data.updated_at ?? ""} slug={slug} saved={found.data} manages={manages} />}
    </Section>
  );
}

function Form({ slug, saved, manages }: { slug: string; saved: View; manages: boolean }): ReactNode {
  const client = useQueryClient();
  const [rules, setRules] = useState(saved.rules);
  const [assigns, setAssigns] = useState(saved.auto_assign);
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        api.PUT("/api/v1/projects/{slug}/ownership", {
          params: { path: { slug } },
          body: { rules, auto_assign: assigns },
        }),
      ),
    onSuccess: (answer) => {
      client.setQueryData(ownershipOptions(slug).queryKey, answer);
      showDone("Ownership rules saved");
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  const changed = rules !== saved.rules || assigns !== saved.auto_assign;
  return (
    <form onSubmit={submit}>
      <Stack maw={760}>
        <Textarea
          aria-label="Ownership rules"
          placeholder={EXAMPLE}
          autosize
          minRows={4}
          maxRows={24}
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          disabled={!manages}
          value={rules}
          onChange={(event) => setRules(event.currentTarget.value)}
        />
        <Switch
          label="Assign new issues"
          description="To the first owner of the rule that matches their first event"
          disabled={!manages}
          checked={assigns}
          onChange={(event) => setAssigns(event.currentTarget.checked)}
        />
        {save.isError && <ErrorNote what="The rules were not saved" error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={!manages || !changed}>
            Apply rules
          </Button>
          {saved.updated_by && (
            <Text size="xs" c="dimmed">
              Last changed by {saved.updated_by}
            </Text>
          )}
        </Group>
      </Stack>
    </form>
  );
}
