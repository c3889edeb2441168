import { Alert, Skeleton, Stack } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CopyText } from "../common/CopyText";
import { Page } from "../common/Page";
import { Ownership } from "../ownership/Ownership";
import { Section } from "../common/Section";
import { MANAGERS_ONLY, useMayManage } from "../common/useMayManage";
import { useProject } from "../shell/useProject";
import { GeneralForm } from "./GeneralForm";
import { GroupingForm } from "./GroupingForm";
import { Keys } from "./Keys";
import { Tokens } from "./Tokens";

export function SettingsPage(): ReactNode {
  const { slug } = useParams({ from: "/app/projects/$slug/settings" });
  const project = useProject(slug).data;
  const manages = useMayManage();
  if (!project) return <Skeleton h={400} />;
  return (
    <Page title="Settings">
      {!manages && (
        <Alert color="gray" variant="outline" mb="md" title={MANAGERS_ONLY}>
          Your role may look at the settings, and triage issues.
        </Alert>
      )}
      <Section
        title="DSN"
        says="The address that programs send errors to. It is not a secret, but whoever has it can send."
      >
        {project.dsn ? (
          <CopyText value={project.dsn} label="DSN" />
        ) : (
          <Alert color="yellow" variant="outline" title="No key is active: nothing can be received">
            Enable a key below, or make a new one.
          </Alert>
        )}
      </Section>
      <Stack gap={0}>
        <Keys slug={slug} manages={manages} />
        <GeneralForm key={slug} project={project} manages={manages} />
        <GroupingForm key={`${slug} grouping`} project={project} manages={manages} />
        <Ownership slug={slug} manages={manages} />
        <Tokens />
      </Stack>
    </Page>
  );
}
