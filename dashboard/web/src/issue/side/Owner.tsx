// Whose issue it is, and how soon it matters.
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { meOptions } from "../../api/queries";
import { useChoose, useOwners } from "../data/useOwners";
import type { Issue } from "../types";
import { FoldSection } from "./FoldSection";

const PRIORITIES = ["high", "medium", "low"] as const;

export function Owner({ issue }: { readonly issue: Issue }) {
  const { owners, suggested } = useOwners(issue);
  const choose = useChoose(issue);
  const me = useQuery(meOptions).data?.email ?? "";
  const offered = [
    ...(me && issue.assignee !== me ? [{ owner: me, label: "Assign to me", why: "" }] : []),
    ...suggested
      .filter(({ owner }) => owner !== issue.assignee && owner !== me)
      .map(({ owner, line, rule }) => ({ owner, label: owner, why: `Ownership rule on line ${line}: ${rule}` })),
  ];
  const choices = [...new Set([...owners, ...(issue.assignee ? [issue.assignee] : [])])];
  const computed = issue.priority_by === "";
  return (
    <FoldSection name="owner" title="Owner">
      <Stack gap="xs">
        <Select
          label="Assigned to"
          placeholder="nobody"
          searchable
          clearable
          clearButtonProps={{ "aria-label": "Assign to nobody" }}
          data={choices}
          value={issue.assignee || null}
          disabled={choose.isPending}
          onChange={(chosen) => choose.mutate({ assignee: chosen ?? "" })}
        />
        {offered.length > 0 && (
          <Group gap={6}>
            {offered.map(({ owner, label, why }) => (
              <Button
                key={owner}
                size="compact-sm"
                variant="default"
                title={why || undefined}
                disabled={choose.isPending}
                onClick={() => choose.mutate({ assignee: owner })}
              >
                {label}
              </Button>
            ))}
          </Group>
        )}
        <Select
          label="Priority"
          description={computed ? `Computed: ${issue.priority_reason}` : `Set by ${issue.priority_by}`}
          allowDeselect={false}
          data={[
            ...PRIORITIES.map((value) => ({ value, label: value })),
            { value: "computed", label: computed ? `computed (${issue.priority})` : "let Seiche compute it" },
          ]}
          value={computed ? "computed" : issue.priority}
          disabled={choose.isPending}
          onChange={(chosen) => {
            if (chosen === "computed" || chosen === "high" || chosen === "medium" || chosen === "low")
              choose.mutate({ priority: chosen });
          }}
        />
        {suggested.length > 0 && suggested[0] && (
          <Text size="xs" c="dimmed">
            Ownership rule on line {suggested[0].line}: {suggested[0].rule}
          </Text>
        )}
      </Stack>
    </FoldSection>
  );
}
