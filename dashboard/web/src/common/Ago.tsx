import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { absoluteTime, ago, agoShort } from "./time";
import { useNow } from "./useNow";

/** A time relative to now, which goes on by itself; absolute and UTC on hover. */
export function Ago({ at, short = false }: { at: string; short?: boolean }): ReactNode {
  const now = useNow();
  return (
    <Tooltip label={absoluteTime(at)} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at}>{short ? agoShort(at, now) : ago(at, now)}</time>
    </Tooltip>
  );
}
