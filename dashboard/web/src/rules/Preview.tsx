import { Anchor, Paper, Skeleton, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Ago } from "../common/Ago";
import { ErrorNote } from "../common/ErrorNote";
import { plural } from "../common/numbers";
import { PREVIEW_DAYS } from "./preview";
import { counts, useCountingPreview } from "./useCountingPreview";
import { usePreview } from "./usePreview";
import type { RuleBody } from "./useRules";

const SAMPLES = 5;

/** The rule on the project's own history, before it is saved. */
export function Preview({ slug, rule }: { slug: string; rule: RuleBody }): ReactNode {
  return (
    <>
      <NewIssues slug={slug} rule={rule} />
      <Counting slug={slug} rule={rule} />
    </>
  );
}

/** Rules on so many events or users. */
function Counting({ slug, rule }: { slug: string; rule: RuleBody }): ReactNode {
  const { data, isError, isPending, error } = useCountingPreview(slug, rule);
  if (!counts(rule)) return null;
  return (
    <Paper withBorder p="sm" component="section" aria-label="Counted on history" aria-live="polite">
      {isError && <ErrorNote what="The preview does not load; the rule can be saved" error={error} />}
      {isPending && <Skeleton h={40} />}
      {data && (
        <>
          <Text size="sm" fw={600}>
            Counting would have sent {plural(data.messages, "message")} about {plural(data.issues_total, "issue")} since{" "}
            <Ago at={data.since} />
          </Text>
          {data.issues.slice(0, SAMPLES).map((issue) => (
            <Text size="sm" key={issue.id} truncate>
              {plural(issue.messages, "message")}:{" "}
              <Anchor
                renderRoot={(props: Record<string, unknown>) => (
                  <Link to="/issues/$issueId" params={{ issueId: issue.id }} {...props} />
                )}
              >
                {issue.title}
              </Anchor>{" "}
              <Text span size="xs" c="dimmed">
                last <Ago at={issue.last_at} />
              </Text>
            </Text>
          ))}
        </>
      )}
    </Paper>
  );
}

function NewIssues({ slug, rule }: { slug: string; rule: RuleBody }): ReactNode {
  const preview = usePreview(slug, rule);
  if (!rule.triggers.includes("new_issue")) return null;
  return (
    <Paper withBorder p="sm" component="section" aria-label="Preview" aria-live="polite">
      {preview.isError && <ErrorNote what="The preview does not load; the rule can be saved" error={preview.error} />}
      {preview.isPending && <Skeleton h={40} />}
      {preview.data && (
        <>
          <Text size="sm" fw={600}>
            In the last {PREVIEW_DAYS} days: {preview.data.more ? "more than " : ""}
            {plural(preview.data.found.length, "new issue")} would have sent a message
          </Text>
          {preview.data.found.slice(0, SAMPLES).map((row) => (
            <Text size="sm" key={row.id} truncate>
              <Anchor
                renderRoot={(props: Record<string, unknown>) => (
                  <Link to="/issues/$issueId" params={{ issueId: row.id }} {...props} />
                )}
              >
                {row.title}
              </Anchor>{" "}
              <Text span size="xs" c="dimmed">
                <Ago at={row.first_seen} />
              </Text>
            </Text>
          ))}
          {preview.data.found.length > SAMPLES && (
            <Text size="xs" c="dimmed">
              and {preview.data.found.length - SAMPLES} more
            </Text>
          )}
        </>
      )}
    </Paper>
  );
}
