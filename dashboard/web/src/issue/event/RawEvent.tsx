// The event as the API gives it, to read, copy or keep.
import { Button, Group, Text } from "@mantine/core";
import { IconCopy, IconDownload } from "@tabler/icons-react";
import eventClasses from "./event.module.css";
import { FoldSection } from "../side/FoldSection";
import { copy } from "../stack/CopyMenu";
import { Scrollable } from "../stack/Scrollable";
import type { IssueEvent } from "../types";

export function RawEvent({ event }: { readonly event: IssueEvent }) {
  const name = `${event.event_id}.json`;
  return (
    <FoldSection name="raw" title="Event JSON" open={false}>
      <Group gap="xs" mb="xs">
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => download(JSON.stringify(event, null, 2), name)}
        >
          Download
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconCopy size={14} aria-hidden />}
          onClick={() => void copy(JSON.stringify(event, null, 2), "JSON")}
        >
          Copy
        </Button>
        <Text size="xs" c="dimmed">
          After scrubbing and normalisation; frames oldest first.
        </Text>
      </Group>
      <Scrollable label="The event as JSON" className={eventClasses["raw"]}>
        <pre>{JSON.stringify(event, null, 2)}</pre>
      </Scrollable>
    </FoldSection>
  );
}

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
