import { Alert, Badge, Button, Group, Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { plural } from "../common/numbers";
import { Section } from "../common/Section";
import { useDeleteRule, useSaveRule, useTestRule, type Rule } from "./useRules";
import { bodyOf, sentence } from "./words";

export function RuleCard(props: { slug: string; rule: Rule; manages: boolean; onEdit: () => void }): ReactNode {
  const { slug, rule, manages, onEdit } = props;
  const targets = rule.actions;
  return (
    <Section
      title={rule.name}
      says={sentence(rule)}
      actions={
        <Badge variant="light" color={rule.enabled ? "green" : "gray"}>
          {rule.enabled ? "Enabled" : "Off"}
        </Badge>
      }
    >
      <Text size="sm">
        {targets.length === 0
          ? "Tells nobody: add a target"
          : `Tells ${targets.map(({ target }) => target).join(", ")}`}{" "}
        <Text span size="sm" c="dimmed">
          - {rule.fired === 0 ? "has not fired yet" : `fired ${plural(rule.fired, "time")}`}
        </Text>
      </Text>
      {rule.last_error && (
        <Alert color="red" variant="outline" mt="xs" title="The last delivery failed">
          {rule.last_error}
        </Alert>
      )}
      <RuleActions slug={slug} rule={rule} manages={manages} onEdit={onEdit} />
    </Section>
  );
}

function RuleActions(props: { slug: string; rule: Rule; manages: boolean; onEdit: () => void }): ReactNode {
  const { slug, rule, manages, onEdit } = props;
  const test = useTestRule(slug);
  const save = useSaveRule(slug);
  const remove = useDeleteRule(slug);
  const [asking, setAsking] = useState(false);
  const button = { size: "compact-sm", variant: "default", disabled: !manages } as const;
  if (asking) {
    return (
      <Group gap="xs" mt="sm" role="alertdialog" aria-label={`Delete ${rule.name}?`}>
        <Text size="sm">Delete this rule? It cannot be undone.</Text>
        <Button size="compact-sm" color="red" loading={remove.isPending} onClick={() => remove.mutate(rule)}>
          Delete
        </Button>
        <Button {...button} onClick={() => setAsking(false)}>
          Keep
        </Button>
      </Group>
    );
  }
  return (
    <Group gap="xs" mt="sm">
      <Button {...button} onClick={onEdit}>
        Edit
      </Button>
      <Button {...button} loading={test.isPending} onClick={() => test.mutate(rule)}>
        Send a test
      </Button>
      <Button
        {...button}
        loading={save.isPending}
        onClick={() => save.mutate({ id: rule.id, body: { ...bodyOf(rule), enabled: !rule.enabled } })}
      >
        {rule.enabled ? "Turn off" : "Turn on"}
      </Button>
      <Button {...button} onClick={() => setAsking(true)}>
        Delete
      </Button>
    </Group>
  );
}
