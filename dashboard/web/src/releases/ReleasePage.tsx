import { Anchor, Badge, Code, Group, List, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Ago } from "../common/Ago";
import { ErrorNote } from "../common/ErrorNote";
import { plural } from "../common/numbers";
import { Page } from "../common/Page";
import { Section } from "../common/Section";
import { listQuery } from "../issue/pure/filters";
import { releaseOptions, type ReleaseDetail } from "./queries";
import { Uploads } from "./Uploads";
import { shortHash, subject } from "./words";

export function ReleasePage(): ReactNode {
  const { slug, version } = useParams({ from: "/app/projects/$slug/releases/$version" });
  const found = useQuery(releaseOptions(slug, version));
  const release = found.data;
  return (
    <Page title={version} actions={release && <Marks release={release} />}>
      {found.isError && <ErrorNote what="The release does not load" error={found.error} retry={found.refetch} />}
      {found.isPending && <Skeleton h={420} />}
      {release && (
        <>
          <Facts slug={slug} release={release} />
          <NewIssues slug={slug} release={release} />
          <Section title="Deploys">
            {release.deploy_list.length === 0 && (
              <Nothing command={`sentry-cli deploys new -r ${version} -e production`} />
            )}
            <List size="sm">
              {release.deploy_list.map((deploy) => (
                <List.Item key={deploy.id}>
                  {deploy.environment}
                  {deploy.name && ` (${deploy.name})`}, <Ago at={deploy.finished_at} />
                </List.Item>
              ))}
            </List>
          </Section>
          <Section title="Commits" says={release.commits > release.commit_list.length ? "The newest 200." : undefined}>
            {release.commit_list.length === 0 && (
              <Nothing command={`sentry-cli releases set-commits ${version} --local`} />
            )}
            <List size="sm">
              {release.commit_list.map((commit) => (
                <List.Item key={commit.id}>
                  <Code>{shortHash(commit.id)}</Code> {subject(commit.message)}
                  <Text size="xs" c="dimmed">
                    {commit.author_name || commit.author_email || "unknown author"}
                    {commit.at && (
                      <>
                        , <Ago at={commit.at} />
                      </>
                    )}
                    {commit.files.length > 0 && `, ${plural(commit.files.length, "file")}`}
                  </Text>
                </List.Item>
              ))}
            </List>
          </Section>
          <Section title="Uploads">
            {release.bundles.length === 0 && (
              <Nothing command={`sentry-cli sourcemaps upload --release ${version} dist`} />
            )}
            <Uploads slug={slug} bundles={release.bundles} />
          </Section>
        </>
      )}
    </Page>
  );
}

function Marks({ release }: { release: ReleaseDetail }): ReactNode {
  return (
    <Group gap={6}>
      {release.status === "archived" && (
        <Badge color="gray" tt="none">
          archived
        </Badge>
      )}
      {release.last_deploy && (
        <Badge variant="default" tt="none">
          {release.last_deploy.environment}
        </Badge>
      )}
    </Group>
  );
}

function Facts({ slug, release }: { slug: string; release: ReleaseDetail }): ReactNode {
  const query = listQuery("release", release.version);
  return (
    <Section title="What happened">
      <Text size="sm">
        {release.released_at ? (
          <>
            Released <Ago at={release.released_at} />.{" "}
          </>
        ) : (
          <>
            First heard of <Ago at={release.created_at} />.{" "}
          </>
        )}
        {release.first_event && release.last_event ? (
          <>
            {plural(release.events, "event")}, the first <Ago at={release.first_event} />, the last{" "}
            <Ago at={release.last_event} />.{" "}
          </>
        ) : (
          "No events. "
        )}
        {query && (
          <Anchor
            size="sm"
            renderRoot={(props: Record<string, unknown>) => (
              <Link to="/projects/$slug/issues" params={{ slug }} search={{ query }} {...props} />
            )}
          >
            Its issues
          </Anchor>
        )}
      </Text>
      {release.previous && (
        <Text size="sm">
          The release before it:{" "}
          <Anchor
            size="sm"
            renderRoot={(props: Record<string, unknown>) => (
              <Link to="/projects/$slug/releases/$version" params={{ slug, version: release.previous }} {...props} />
            )}
          >
            {release.previous}
          </Anchor>
        </Text>
      )}
    </Section>
  );
}

function NewIssues({ slug, release }: { slug: string; release: ReleaseDetail }): ReactNode {
  const shown = release.new_issue_list;
  return (
    <Section
      title="New issues"
      says={
        release.new_issues > shown.length ? `The ${shown.length} most frequent of ${release.new_issues}.` : undefined
      }
    >
      {shown.length === 0 && (
        <Text size="sm" c="dimmed">
          No issue of {slug} began with this release.
        </Text>
      )}
      <List size="sm">
        {shown.map((issue) => (
          <List.Item key={issue.id}>
            <Anchor
              size="sm"
              renderRoot={(props: Record<string, unknown>) => (
                <Link to="/issues/$issueId" params={{ issueId: issue.id }} {...props} />
              )}
            >
              {issue.title}
            </Anchor>{" "}
            <Text span size="xs" c="dimmed">
              {issue.short_id}, {issue.status}, {plural(issue.count, "event")}
            </Text>
          </List.Item>
        ))}
      </List>
    </Section>
  );
}

function Nothing({ command }: { command: string }): ReactNode {
  return (
    <Text size="sm" c="dimmed">
      None yet: <Code>{command}</Code>
    </Text>
  );
}
