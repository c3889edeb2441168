import { Alert, Skeleton, Stack, Tabs } from "@mantine/core";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
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
import { FiltersTab } from "./protection/FiltersTab";
import { LimitsTab } from "./protection/LimitsTab";
import { PrivacyTab } from "./protection/PrivacyTab";
import { TABS, type Tab } from "./tabs";

export function SettingsPage(): ReactNode {
  const { slug } = useParams({ from: "/app/projects/$slug/settings" });
  const project = useProject(slug).data;
  const manages = useMayManage();
  const { tab = "general" } = useSearch({ from: "/app/projects/$slug/settings" });
  const navigate = useNavigate({ from: "/projects/$slug/settings" });
  if (!project) return <Skeleton h={400} />;
  return (
    <Page title="Settings">
      {!manages && (
        <Alert color="gray" variant="outline" mb="md" title={MANAGERS_ONLY}>
          Your role may look at the settings, and triage issues.
        </Alert>
      )}
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next as Tab } })}
        mb="md"
        keepMounted={false}
      >
        <Tabs.List aria-label="Settings">
          {TABS.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="general" pt="md">
          <General slug={slug} project={project} manages={manages} />
        </Tabs.Panel>
        <Tabs.Panel value="limits" pt="md">
          <LimitsTab key={slug} slug={slug} manages={manages} />
        </Tabs.Panel>
        <Tabs.Panel value="filters" pt="md">
          <FiltersTab key={slug} slug={slug} manages={manages} />
        </Tabs.Panel>
        <Tabs.Panel value="privacy" pt="md">
          <PrivacyTab key={slug} slug={slug} manages={manages} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

interface GeneralProps {
  slug: string;
  project: Schemas["ProjectDetail"];
  manages: boolean;
}

function General({ slug, project, manages }: GeneralProps): ReactNode {
  return (
    <>
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
    </>
  );
}
