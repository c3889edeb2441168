import { Anchor, Code, Progress, SegmentedControl, Skeleton, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconHeartRateMonitor } from "@tabler/icons-react";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { api, unwrap, type Schemas } from "../api/client";
import { Empty } from "../common/Empty";
import { ErrorNote } from "../common/ErrorNote";
import { count } from "../common/numbers";
import { Page } from "../common/Page";
import { Section } from "../common/Section";
import { Sparkline } from "../common/Sparkline";
import { daily, percent } from "./rates";

const SPANS = [
  { value: "24", label: "24 hours" },
  { value: "168", label: "7 days" },
  { value: "720", label: "30 days" },
];

const healthOptions = (slug: string, hours: number, environment: string) =>
  queryOptions({
    queryKey: ["health", slug, hours, environment],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/projects/{slug}/release-health", {
          params: { path: { slug }, query: { hours, environment } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });

/** How each release is doing, by its sessions. */
export function HealthPage(): ReactNode {
  const { slug } = useParams({ from: "/app/projects/$slug/health" });
  const [hours, setHours] = useState(24);
  const [typed, setTyped] = useState("");
  const [environment] = useDebouncedValue(typed.trim(), 300);
  const health = useQuery(healthOptions(slug, hours, environment));
  return (
    <Page
      title="Release health"
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Time"
          data={SPANS}
          value={String(hours)}
          onChange={(value) => setHours(Number(value))}
        />
      }
    >
      {health.isError && <ErrorNote what="Release health does not load" error={health.error} retry={health.refetch} />}
      <Section
        title="Releases"
        says="Of sessions that started in this time. Adoption is a release's part of all of them."
        actions={
          <TextInput
            size="xs"
            aria-label="Environment"
            placeholder="All environments"
            value={typed}
            onChange={(change) => setTyped(change.currentTarget.value)}
          />
        }
      >
        {health.isPending && <Skeleton h={240} />}
        {health.data?.releases.length === 0 && <NoSessions />}
        {health.data && health.data.releases.length > 0 && (
          <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Release</Table.Th>
                  <Table.Th>Sessions</Table.Th>
                  <Table.Th ta="right">Crash-free sessions</Table.Th>
                  <Table.Th ta="right">Crash-free users</Table.Th>
                  <Table.Th ta="right">Errored</Table.Th>
                  <Table.Th>Adoption</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {health.data.releases.map((release) => (
                  <Row key={release.release} slug={slug} health={release} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Section>
    </Page>
  );
}

function Row({ slug, health }: { slug: string; health: Schemas["ReleaseHealth"] }): ReactNode {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        <Anchor
          renderRoot={(props: Record<string, unknown>) => (
            <Link
              to="/projects/$slug/issues"
              params={{ slug }}
              search={{ query: `release:"${health.release}"` }}
              {...props}
            />
          )}
          underline="always"
        >
          {health.release}
        </Anchor>
      </Table.Th>
      <Table.Td>
        <Sparkline values={daily(health.hours)} unit="session" step={health.hours.length > 24 ? "day" : "hour"} />
        <Text size="xs" c="dimmed">
          {count(health.sessions)}
          {health.users > 0 && ` of ${count(health.users)} users`}
        </Text>
      </Table.Td>
      <Table.Td ta="right" fw={600} c={health.crashed > 0 ? "var(--mantine-color-error)" : undefined}>
        {percent(health.crash_free_sessions)}
        {health.crashed > 0 && (
          <Text size="xs" c="dimmed" fw={400}>
            {count(health.crashed)} crashed
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">{percent(health.crash_free_users)}</Table.Td>
      <Table.Td ta="right">{count(health.errored)}</Table.Td>
      <Table.Td miw={120}>
        <Progress value={100 * health.adoption} aria-label={`Adoption of ${health.release}`} size="sm" mb={4} />
        <Text size="xs" c="dimmed">
          {percent(health.adoption)}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

function NoSessions(): ReactNode {
  return (
    <Empty icon={IconHeartRateMonitor} title="No sessions in this time">
      SDKs send them by themselves once they know a release: <Code>init(release=&quot;shop@1.4.0&quot;)</Code>, with
      session tracking left on.
    </Empty>
  );
}
