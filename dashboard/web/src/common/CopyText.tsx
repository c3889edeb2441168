import { ActionIcon, Code, CopyButton, Group, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** Something to paste elsewhere, on one line, with a button that copies it. `label` names it: "DSN". */
export function CopyText({ value, label }: { value: string; label: string }): ReactNode {
  return (
    <Group gap={6} wrap="nowrap" maw="100%">
      <Code style={{ overflowWrap: "anywhere" }} fz="sm">
        {value}
      </Code>
      <CopyButton value={value} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? "Copied" : `Copy ${label}`}>
            <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={copied ? "Copied" : `Copy ${label}`}>
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
