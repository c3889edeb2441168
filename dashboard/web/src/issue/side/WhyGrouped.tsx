// Why these events are one issue: what was compared, with which values, by which version.
import { Text } from "@mantine/core";
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
      <Text size="xs" c="dimmed">
        Grouping version {fingerprint.version}, decided <Ago at={fingerprint.created_at} />, fingerprint{" "}
        <code className={classes["breakable"]}>{fingerprint.fingerprint}</code>
      </Text>
    </div>
  );
}
