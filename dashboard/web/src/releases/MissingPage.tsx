import { Anchor, Code, List, Skeleton, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconMap2, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { Ago } from "../common/Ago";
import { CopyText } from "../common/CopyText";
import { Empty } from "../common/Empty";
import { ErrorNote } from "../common/ErrorNote";
import { plural } from "../common/numbers";
import { Page } from "../common/Page";
import { Section } from "../common/Section";
import { grouped, named, type Group, type Lacking } from "./missing";
import { missingOptions } from "./queries";

/** What source maps and mappings a project lacks, each group with the command that mends it. */
export function MissingPage(): ReactNode {
  const { slug } = useParams({ from: "/app/projects/$slug/source-maps" });
  const [text, setText] = useState("");
  const [query] = useDebouncedValue(text.trim(), 250);
  const found = useQuery({ ...missingOptions(slug, query), placeholderData: keepPreviousData });
  const items = found.data?.items ?? [];
  return (
    <Page
      title="Missing source maps"
      actions={
        <TextInput
          aria-label="Part of the release, file or debug id"
          placeholder="Release, file or debug id"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      }
    >
      {found.isError && <ErrorNote what="What is missing does not load" error={found.error} retry={found.refetch} />}
      {found.isPending && <Skeleton h={300} />}
      {found.data && items.length === 0 && <NothingMissing searched={query !== ""} uploads={found.data.uploads} />}
      {items.length > 0 && (
        <Text size="sm" c="dimmed" mb="md" maw={720}>
          Frames that stayed minified or obfuscated, newest first. Events are resolved when they arrive: after an upload
          the next ones are. The commands take the server and the token from <Code>SENTRY_URL</Code> and{" "}
          <Code>SENTRY_AUTH_TOKEN</Code>; <Code>dist</Code> is the folder that your build writes.
          {found.data?.more && ` The newest ${items.length}: search for the others.`}
        </Text>
      )}
      {grouped(items).map((group) => (
        <Missing key={group.key} group={group} />
      ))}
    </Page>
  );
}

function NothingMissing({ searched, uploads }: { searched: boolean; uploads: boolean }): ReactNode {
  if (searched) return <Empty icon={IconMap2} title="Nothing that is missing has that in its name" />;
  return (
    <Empty icon={IconMap2} title="Nothing is missing">
      {uploads
        ? "Every frame that needed a source map or a mapping has found it."
        : "No event has had a frame that needs a source map or a mapping. Upload them before you deploy: "}
      {!uploads && <Code>sentry-cli sourcemaps upload</Code>}
    </Empty>
  );
}

function Missing({ group }: { group: Group }): ReactNode {
  return (
    <Section title={group.title} says={group.whatToDo}>
      {group.command && <CopyText value={group.command} label="the command" />}
      <List size="sm" mt="sm">
        {group.files.map((item) => (
          <File key={named(item) + item.debug_id} item={item} />
        ))}
      </List>
    </Section>
  );
}

function File({ item }: { item: Lacking }): ReactNode {
  return (
    <List.Item>
      <Text size="sm" component="span" style={{ overflowWrap: "anywhere" }}>
        {named(item)}
      </Text>
      {item.file && item.debug_id && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          debug id {item.debug_id}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {plural(item.frames, "frame")} of {plural(item.events, "event")}, the last <Ago at={item.last_seen} />
        {item.issue_id && (
          <>
            {", in "}
            <Anchor
              size="xs"
              renderRoot={(props: Record<string, unknown>) => (
                <Link
                  to="/issues/$issueId/events/$eventId"
                  params={{ issueId: item.issue_id ?? "", eventId: item.event_id }}
                  {...props}
                />
              )}
            >
              {item.issue_short_id} {item.issue_title}
            </Anchor>
          </>
        )}
      </Text>
      {item.uploaded_since && (
        <Text size="xs" c="var(--mantine-color-green-text)">
          Something was uploaded <Ago at={item.uploaded_since} />, after the last of these events: the next one tells
          whether that was it.
        </Text>
      )}
    </List.Item>
  );
}
