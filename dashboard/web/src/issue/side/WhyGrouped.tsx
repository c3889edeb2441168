// Why these events are one issue: what was compared, with which values, by which version.
import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Ago } from "../../common/Ago";
import { KeyValues } from "../event/KeyValues";
import classes from "../issue.module.css";
import { componentName, explain } from "../pure/why";
import type { Fingerprint } from "../types";
import { FoldSection } from "./FoldSection";

export function WhyGrouped({ fingerprints }: { readonly fingerprints: readonly Fingerprint[] }) {
  return (
    <FoldSection name="why" title="Why these events are one issue" count={fingerprints.length}>
      {fingerprints.map((fingerprint) => (
        <One key={fingerprint.fingerprint} fingerprint={fingerprint} />
      ))}
    </FoldSection>
  );
}

function Related({ fingerprint }: { readonly fingerprint: Fingerprint }) {
  const known = [fingerprint.closest, fingerprint.runner_up].filter((issue) => issue !== null && issue.short_id !== "");
  return known.map(
    (issue) =>
      issue && (
        <Text key={issue.id} size="sm">
          <Anchor
            renderRoot={(props: Record<string, unknown>) => (
              <Link to="/issues/$issueId" params={{ issueId: issue.id }} {...props} />
            )}
          >
            {issue.short_id}
          </Anchor>{" "}
          {issue.title}
        </Text>
      ),
  );
}

function One({ fingerprint }: { readonly fingerprint: Fingerprint }) {
  const { compared, joined } = explain(fingerprint);
  return (
    <div className={classes["why"]}>
      <Text size="sm">{compared}</Text>
      <KeyValues
        label="What was compared"
        entries={fingerprint.components.map((part) => [componentName(part.name), part.value] as const)}
      />
      <Text size="sm">{joined}</Text>
      {fingerprint.compared.length > 0 && (
        <KeyValues
          label="How alike each part is"
          entries={fingerprint.compared.map((part) => [part.name, `${Math.round(part.value * 100)} %`] as const)}
        />
      )}
      <Related fingerprint={fingerprint} />
      <Text size="xs" c="dimmed">
        Grouping version {fingerprint.version}, decided <Ago at={fingerprint.created_at} />, fingerprint{" "}
        <code className={classes["breakable"]}>{fingerprint.fingerprint}</code>
      </Text>
    </div>
  );
}
