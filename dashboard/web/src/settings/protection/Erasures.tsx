import { Badge, Button, Code, Group, Modal, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { api, unwrap, type Schemas } from "../../api/client";
import { Ago } from "../../common/Ago";
import { ErrorNote } from "../../common/ErrorNote";
import { count } from "../../common/numbers";
import { Section } from "../../common/Section";
import { showDone } from "../../common/toasts";
import { isOpen, stateWords } from "./erasures";

type Erasure = Schemas["ErasureView"];
const KINDS = [
  { value: "email", label: "E-mail address" },
  { value: "id", label: "User id" },
  { value: "username", label: "User name" },
  { value: "ip_address", label: "IP address" },
] as const;
type Kind = (typeof KINDS)[number]["value"];

/** Emptying what one person's events say of them, after the fact. */
export function Erasures({ slug, manages }: { slug: string; manages: boolean }): ReactNode {
  const client = useQueryClient();
  const key = ["erasures", slug];
  const [kind, setKind] = useState<Kind>("email");
  const [value, setValue] = useState("");
  const [asking, setAsking] = useState(false);
  const listed = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/projects/{slug}/erasures", { params: { path: { slug } }, signal })),
    refetchInterval: (query) => (query.state.data?.items.some(isOpen) ? 3_000 : 60_000),
  });
  const erase = useMutation({
    mutationFn: (user: string) =>
      unwrap(
        api.POST("/api/v1/projects/{slug}/erasures", { params: { path: { slug } }, body: { user, event_ids: [] } }),
      ),
    onSuccess: async () => {
      setAsking(false);
      setValue("");
      showDone("The erasure is under way");
      await client.invalidateQueries({ queryKey: key });
    },
  });
  const ask = (event: FormEvent): void => {
    event.preventDefault();
    erase.reset();
    setAsking(true);
  };
  return (
    <Section
      title="Erase a person"
      says="Empties every stored event of theirs, in every table, for good: user, request, tags, breadcrumbs, local variables, files and feedback go. The failure and all counts stay. Events of the running hour follow when it is over."
    >
      <Stack>
        <form onSubmit={ask}>
          <Group align="flex-end" gap="xs">
            <Select
              label="Known by"
              w={{ base: "100%", xs: 170 }}
              data={[...KINDS]}
              allowDeselect={false}
              disabled={!manages}
              value={kind}
              onChange={(chosen) => chosen && setKind(chosen)}
            />
            <TextInput
              label="Value, as events say it"
              w={{ base: "100%", xs: 300 }}
              required
              disabled={!manages}
              value={value}
              onChange={(event) => setValue(event.currentTarget.value)}
            />
            <Button type="submit" color="red" variant="outline" disabled={!manages || !value.trim()}>
              Erase…
            </Button>
          </Group>
        </form>
        {listed.isError && <ErrorNote what="Erasures do not load" error={listed.error} retry={listed.refetch} />}
        {listed.data && listed.data.items.length > 0 && <Listed rows={listed.data.items} />}
      </Stack>
      <Modal opened={asking} onClose={() => setAsking(false)} title="Erase this person's data?">
        <Stack>
          <Text size="sm">
            Events whose {KINDS.find((one) => one.value === kind)?.label.toLowerCase()} is <Code>{value.trim()}</Code>{" "}
            are emptied. Nobody can bring the data back.
          </Text>
          {erase.isError && <ErrorNote what="Nothing was erased" error={erase.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              Cancel
            </Button>
            <Button color="red" loading={erase.isPending} onClick={() => erase.mutate(`${kind}:${value.trim()}`)}>
              Erase for good
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Section>
  );
}

function Listed({ rows }: { rows: readonly Erasure[] }): ReactNode {
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label="Erasures">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Asked</Table.Th>
            <Table.Th>About</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th ta="right">Events</Table.Th>
            <Table.Th ta="right">Files</Table.Th>
            <Table.Th ta="right">Feedback</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td>
                <Ago at={row.created_at} />
                {row.actor && ` by ${row.actor}`}
              </Table.Td>
              <Table.Td>{row.about || "no longer known"}</Table.Td>
              <Table.Td>
                <Badge variant="light" miw="max-content" color={isOpen(row) ? "yellow" : "green"} tt="none">
                  {stateWords(row)}
                </Badge>
              </Table.Td>
              <Table.Td ta="right">{count(row.events)}</Table.Td>
              <Table.Td ta="right">{count(row.files)}</Table.Td>
              <Table.Td ta="right">{count(row.feedback)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
