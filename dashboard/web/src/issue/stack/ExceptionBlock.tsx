// One exception of the chain: what it said, how it was caught, its calls.
import { Badge, Group, Text, Title } from "@mantine/core";
import classes from "../issue.module.css";
import stackClasses from "./stack.module.css";
import { KeyValues } from "../event/KeyValues";
import { isEmpty } from "../pure/values";
import type { ExceptionView } from "../types";
import { Frames } from "./Frames";

interface Props {
  readonly exception: ExceptionView;
  /** Among the others; null where it is alone. */
  readonly place: string | null;
  readonly platform: string;
  readonly appOnly: boolean;
  readonly opened: boolean;
}

export function ExceptionBlock({ exception, place, platform, appOnly, opened }: Props) {
  return (
    <div className={stackClasses["exception"]} data-opened={opened || undefined}>
      <div className={stackClasses["exceptionHead"]}>
        {place && (
          <Text size="xs" fw={600} c="dimmed">
            {place}
          </Text>
        )}
        <Group gap="xs" justify="space-between" align="baseline">
          <Title order={3} size="h5" className={classes["breakable"]}>
            {exception.type || "Exception without a type"}
          </Title>
          <Group gap={4}>
            {exception.handled === false && (
              <Badge color="red" variant="light" size="sm" tt="none">
                unhandled
              </Badge>
            )}
            {exception.mechanism && exception.mechanism !== "generic" && (
              <Badge variant="default" size="sm" tt="none">
                {exception.mechanism}
              </Badge>
            )}
          </Group>
        </Group>
        {exception.value && <p className={stackClasses["exceptionValue"]}>{exception.value}</p>}
        {!isEmpty(exception.mechanism_data) && (
          <KeyValues label="How it was caught" entries={Object.entries(exception.mechanism_data)} />
        )}
      </div>
      {exception.frames.length > 0 ? (
        <Frames frames={exception.frames} platform={platform} appOnly={appOnly} opened={opened} />
      ) : (
        <Text size="sm" c="dimmed" className={stackClasses["note"]}>
          The SDK sent no stack for this exception.
        </Text>
      )}
    </div>
  );
}
