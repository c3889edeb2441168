// The event's files. They are saved, never opened: what is in them is whatever a client sent.
import { Anchor, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { ErrorNote } from "../../common/ErrorNote";
import { bytes } from "../../common/bytes";
import { attachmentsOptions } from "../data/queries";
import { FoldSection } from "../side/FoldSection";
import type { AttachmentView, IssueEvent } from "../types";

export function Attachments({ event }: { readonly event: IssueEvent }) {
  const files = useQuery(attachmentsOptions(event.project, event.event_id));
  if (files.isError) {
    return <ErrorNote what="The event's files are not shown" error={files.error} retry={() => void files.refetch()} />;
  }
  if (!files.data?.length) return null;
  return (
    <FoldSection name="attachments" title="Attachments" count={files.data.length}>
      <ul aria-label="Attachments" style={{ listStyle: "none", margin: 0, padding: 0 }}>
        {files.data.map((file) => (
          <li key={file.id}>
            <Group gap="sm" wrap="wrap" py={4}>
              <Anchor href={address(event, file)} download={file.name} size="sm" style={{ overflowWrap: "anywhere" }}>
                <IconDownload size={14} aria-hidden style={{ verticalAlign: "-2px", marginInlineEnd: 6 }} />
                {file.name}
              </Anchor>
              <Text size="xs" c="dimmed">
                {bytes(file.size)} · {KINDS[file.attachment_type] ?? file.content_type}
              </Text>
            </Group>
          </li>
        ))}
      </ul>
    </FoldSection>
  );
}

const KINDS: Partial<Record<string, string>> = {
  "event.minidump": "minidump, not symbolicated",
  "event.applecrashreport": "Apple crash report, not symbolicated",
  "event.view_hierarchy": "view hierarchy",
};

const address = (event: IssueEvent, file: AttachmentView): string =>
  `/api/v1/projects/${encodeURIComponent(event.project)}/events/${event.event_id}/attachments/${file.id}`;
