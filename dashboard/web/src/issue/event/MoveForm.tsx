// Where single events belong instead: a new issue, or another one of the project.
import { Button, Group, Modal, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { plural } from "../../common/numbers";
import { targetsOptions, useMove } from "../data/useMove";
import type { Issue } from "../types";

interface Props {
  readonly issue: Issue;
  readonly eventIds: readonly string[];
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Whether the reader goes with the event. */
  readonly follow?: boolean;
}

export function MoveForm({ issue, eventIds, opened, onClose, follow = false }: Props) {
  const [where, setWhere] = useState<"new" | "other">("new");
  const [to, setTo] = useState<string | null>(null);
  const navigate = useNavigate();
  const move = useMove(issue);
  const submit = (): void =>
    move.mutate(
      { eventIds, to: where === "new" ? null : to },
      {
        onSuccess: (change) => {
          onClose();
          const [eventId] = eventIds;
          if (follow && eventId !== undefined) {
            void navigate({ to: "/issues/$issueId/events/$eventId", params: { issueId: change.issue_id, eventId } });
          }
        },
      },
    );
  return (
    <Modal opened={opened} onClose={onClose} title={`Move ${plural(eventIds.length, "event")}`} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          <SegmentedControl
            aria-label="Where to"
            value={where}
            onChange={setWhere}
            data={[
              { value: "new", label: "A new issue" },
              { value: "other", label: "Another issue" },
            ]}
          />
          {where === "other" && <Target issue={issue} chosen={to} onChoose={setTo} />}
          <Text size="sm" c="dimmed">
            They count there from now on, also when history is regrouped. Later events like them still come to this
            issue.
          </Text>
          <Group justify="flex-end">
            <Button type="submit" loading={move.isPending} disabled={where === "other" && to === null}>
              Move
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface TargetProps {
  readonly issue: Issue;
  readonly chosen: string | null;
  readonly onChoose: (issueId: string | null) => void;
}

function Target({ issue, chosen, onChoose }: TargetProps) {
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed.trim(), 300);
  const found = useQuery(targetsOptions(issue.project, query));
  const others = (found.data?.items ?? []).filter((row) => row.id !== issue.id);
  return (
    <Select
      label="Issue"
      placeholder="Search the project's issues"
      searchable
      data={others.map((row) => ({ value: row.id, label: `${row.short_id} ${row.title}`.slice(0, 120) }))}
      // The server searches: what it found is not filtered once more.
      filter={({ options }) => options}
      nothingFoundMessage={found.isError ? "The issues cannot be listed now" : "No other issue matches"}
      value={chosen}
      onChange={onChoose}
      onSearchChange={(text) => {
        if (!others.some((row) => `${row.short_id} ${row.title}`.slice(0, 120) === text)) setTyped(text);
      }}
      data-autofocus
    />
  );
}
