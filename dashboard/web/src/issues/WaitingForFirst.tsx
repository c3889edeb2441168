import { Alert, Code, CopyButton, Button, Group, Loader, Paper, Stack, Tabs, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { PLATFORMS, snippetFor, type Snippet } from "../projects/snippets";
import { CopyText } from "../common/CopyText";
import { Page } from "../common/Page";
import classes from "./issues.module.css";
import { useFirstEvent } from "./useFirstEvent";

/** How to send the first event. The issue list takes this page's place as soon as it is there. */
export function WaitingForFirst({ project }: { project: Schemas["ProjectDetail"] }): ReactNode {
  const refused = useFirstEvent(project.slug);
  if (!project.dsn) {
    return (
      <Page title={project.name}>
        <Alert color="yellow" variant="outline" title="This project has no active key">
          Enable one or make one under Settings; without it nothing can be received.
        </Alert>
      </Page>
    );
  }
  return (
    <Page title={`Set up ${project.name}`}>
      <Stack>
        <Paper withBorder p="md" bg="var(--seiche-surface)">
          <Group gap="sm" role="status" mb="xs">
            <Loader size="xs" aria-hidden />
            <Text fw={600}>Waiting for the first event</Text>
          </Group>
          <Text size="sm" c="dimmed" mb="sm">
            This page goes on by itself when it arrives. The DSN is the address that errors are sent to:
          </Text>
          <CopyText value={project.dsn} label="DSN" />
        </Paper>
        {refused.length > 0 && (
          <Alert color="orange" variant="outline" title="Something arrived and was refused" role="alert">
            {refused.map(([why, times]) => (
              <div key={why}>
                {why}: {times}
              </div>
            ))}
          </Alert>
        )}
        <Tabs defaultValue={snippetFor(project.platform)?.value ?? null} keepMounted={false}>
          <Tabs.List>
            {PLATFORMS.map(({ value, label }) => (
              <Tabs.Tab key={value} value={value}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {PLATFORMS.map((snippet) => (
            <Tabs.Panel key={snippet.value} value={snippet.value} pt="md">
              <Paste snippet={snippet} dsn={project.dsn} />
            </Tabs.Panel>
          ))}
        </Tabs>
      </Stack>
    </Page>
  );
}

function Paste({ snippet, dsn }: { snippet: Snippet; dsn: string }): ReactNode {
  const code = snippet.code(dsn);
  return (
    <Stack gap="xs">
      <Title order={2} fz="sm">
        Install
      </Title>
      <Code block tabIndex={0} className={classes["code"] ?? ""}>
        {snippet.install}
      </Code>
      <Group justify="space-between">
        <Title order={2} fz="sm">
          Send
        </Title>
        <CopyButton value={code}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block tabIndex={0} className={classes["code"] ?? ""} data-testid="snippet">
        {code}
      </Code>
    </Stack>
  );
}
