import { Anchor, Badge, Code, Group, ScrollArea, Skeleton, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPackage, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { Ago } from "../common/Ago";
import { Empty } from "../common/Empty";
import { ErrorNote } from "../common/ErrorNote";
import { count } from "../common/numbers";
import { Page } from "../common/Page";
import { Section } from "../common/Section";
import { missingOptions, releasesOptions, uploadsOptions, type Release } from "./queries";
import { Uploads } from "./Uploads";

export function ReleasesPage(): ReactNode {
  const { slug } = useParams({ from: "/app/projects/$slug/releases" });
  const [text, setText] = useState("");
  const [query] = useDebouncedValue(text.trim(), 250);
  const releases = useQuery(releasesOptions(slug, query));
  const uploads = useQuery(uploadsOptions(slug));
  return (
    <Page
      title="Releases"
      actions={
        <Group gap="md">
          <MissingLink slug={slug} />
          <TextInput
            aria-label="Part of the version"
            placeholder="Part of the version"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Group>
      }
    >
      {releases.isError && (
        <ErrorNote what="The releases do not load" error={releases.error} retry={releases.refetch} />
      )}
      {releases.isPending && <Skeleton h={300} />}
      {releases.data?.items.length === 0 && <NoReleases searched={query !== ""} />}
      {releases.data && releases.data.items.length > 0 && (
        <Section title="Newest first" says={releases.data.more ? "The newest 100: search for the others." : undefined}>
          <Releases slug={slug} releases={releases.data.items} />
        </Section>
      )}
      {uploads.data && uploads.data.items.length > 0 && (
        <Section
          title="Uploads"
          says="Source maps and mappings, newest first. Events that come after one are resolved with it."
        >
          <Uploads slug={slug} bundles={uploads.data.items} />
        </Section>
      )}
    </Page>
  );
}

function MissingLink({ slug }: { slug: string }): ReactNode {
  const missing = useQuery(missingOptions(slug, ""));
  const files = missing.data?.items.length ?? 0;
  return (
    <Anchor
      size="sm"
      renderRoot={(props: Record<string, unknown>) => (
        <Link to="/projects/$slug/source-maps" params={{ slug }} {...props} />
      )}
    >
      Missing source maps{files > 0 && ` (${files}${missing.data?.more ? "+" : ""})`}
    </Anchor>
  );
}

function NoReleases({ searched }: { searched: boolean }): ReactNode {
  if (searched) return <Empty icon={IconPackage} title="No release has that in its name" />;
  return (
    <Empty icon={IconPackage} title="No releases yet">
      A release appears when an event names one (<Code>release</Code> in the SDK&apos;s options), or when{" "}
      <Code>sentry-cli releases new</Code> creates it.
    </Empty>
  );
}

function Releases({ slug, releases }: { slug: string; releases: readonly Release[] }): ReactNode {
  return (
    <ScrollArea>
      <Table miw={640} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Version</Table.Th>
            <Table.Th>Deployed</Table.Th>
            <Table.Th ta="end">New issues</Table.Th>
            <Table.Th ta="end">Events</Table.Th>
            <Table.Th ta="end">Commits</Table.Th>
            <Table.Th>First event</Table.Th>
            <Table.Th>Last event</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {releases.map((release) => (
            <Table.Tr key={release.version}>
              <Table.Td>
                <Anchor
                  size="sm"
                  fw={600}
                  renderRoot={(props: Record<string, unknown>) => (
                    <Link
                      to="/projects/$slug/releases/$version"
                      params={{ slug, version: release.version }}
                      {...props}
                    />
                  )}
                >
                  {release.version}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <Deployed release={release} />
              </Table.Td>
              <Table.Td ta="end">{count(release.new_issues)}</Table.Td>
              <Table.Td ta="end">{count(release.events)}</Table.Td>
              <Table.Td ta="end">{count(release.commits)}</Table.Td>
              <Table.Td>{release.first_event ? <Ago at={release.first_event} short /> : "-"}</Table.Td>
              <Table.Td>{release.last_event ? <Ago at={release.last_event} short /> : "-"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function Deployed({ release }: { release: Release }): ReactNode {
  if (!release.last_deploy) return <Text size="sm">-</Text>;
  return (
    <Text size="sm" component="span">
      <Badge variant="default" size="sm" tt="none" mr={6}>
        {release.last_deploy.environment}
      </Badge>
      <Ago at={release.last_deploy.finished_at} short />
    </Text>
  );
}
