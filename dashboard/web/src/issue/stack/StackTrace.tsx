// What was raised and where: the chain with the root cause first, or a message with the stack of its thread.
import { Group, SegmentedControl, Text } from "@mantine/core";
import stackClasses from "./stack.module.css";
import { guiltyException, hasLibraryFrames } from "../pure/frames";
import { standing } from "../pure/surroundings";
import { FoldSection } from "../side/FoldSection";
import type { IssueEvent } from "../types";
import { CopyMenu } from "./CopyMenu";
import { ExceptionBlock } from "./ExceptionBlock";
import { Frames } from "./Frames";

interface Props {
  readonly event: IssueEvent;
  readonly shortId: string;
  readonly appOnly: boolean;
  readonly onAppOnly: (appOnly: boolean) => void;
}

export function StackTrace({ event, shortId, appOnly, onAppOnly }: Props) {
  const chain = event.exceptions;
  const guilty = guiltyException(chain);
  const tools = (
    <Group gap="xs" wrap="nowrap">
      {hasLibraryFrames(event) && (
        <SegmentedControl
          size="xs"
          aria-label="Which frames"
          value={appOnly ? "app" : "all"}
          onChange={(value) => onAppOnly(value === "app")}
          data={[
            { value: "app", label: "App" },
            { value: "all", label: "All" },
          ]}
        />
      )}
      <CopyMenu event={event} shortId={shortId} />
    </Group>
  );
  return (
    <FoldSection name="stack" title={chain.length > 0 ? "Stack trace" : "Message"} tools={tools}>
      {chain.map((exception, index) => (
        <ExceptionBlock
          // A chain has no names of its own, and never changes.
          key={index}
          exception={exception}
          place={standing(chain, index)}
          platform={event.platform}
          appOnly={appOnly}
          opened={index === guilty}
        />
      ))}
      {(event.message || chain.length === 0) && <Message event={event} />}
      {event.thread_frames.length > 0 && (
        <>
          <Text size="sm" fw={600} className={stackClasses["note"]}>
            {chain.length > 0 ? "Thread" : "Where it was logged"}
          </Text>
          <Frames
            frames={event.thread_frames}
            platform={event.platform}
            appOnly={appOnly}
            opened={!chain.some((exception) => exception.frames.length > 0)}
          />
        </>
      )}
    </FoldSection>
  );
}

function Message({ event }: { readonly event: IssueEvent }) {
  return (
    <div className={stackClasses["message"]}>
      {event.exceptions.length > 0 && (
        <Text size="xs" fw={600} c="dimmed">
          Message
        </Text>
      )}
      <p className={stackClasses["exceptionValue"]}>{event.message || event.title}</p>
      {event.logger && (
        <Text size="xs" c="dimmed">
          Logger {event.logger}
        </Text>
      )}
    </div>
  );
}
