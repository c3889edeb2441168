import { Anchor, List } from "@mantine/core";
import type { ReactNode } from "react";
import { Section } from "../common/Section";

const SAYS: Readonly<Record<string, string>> = {
  dagster: "Dagster: assets, runs, checks and backfills",
  ops: "Operations: lag, ingestion, quality, retention and cost",
};

/** The pages of the data team, which have servers of their own. */
export function Links({ links }: { links: Readonly<Record<string, string>> }): ReactNode {
  const found = Object.entries(links);
  if (found.length === 0) return null;
  return (
    <Section title="More" says="On the server's own machine; through a tunnel from elsewhere.">
      <List size="sm">
        {found.map(([name, url]) => (
          <List.Item key={name}>
            <Anchor href={url} target="_blank" rel="noreferrer">
              {SAYS[name] ?? name}
            </Anchor>
          </List.Item>
        ))}
      </List>
    </Section>
  );
}
