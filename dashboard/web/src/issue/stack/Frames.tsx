// A stack, newest call first, with the libraries' calls and recursions folded.
import { UnstyledButton } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import stackClasses from "./stack.module.css";
import { foldedWords, guiltyFrame, segments, type PlacedFrame, type Segment } from "../pure/frames";
import type { Frame } from "../types";
import { FrameRow } from "./FrameRow";

interface Props {
  readonly frames: readonly Frame[];
  readonly platform: string;
  readonly appOnly: boolean;
  /** Whether its guilty frame stands open: true of the exception to look at first. */
  readonly opened: boolean;
}

export function Frames({ frames, platform, appOnly, opened }: Props) {
  const guilty = guiltyFrame(frames);
  const row = ({ frame, order }: PlacedFrame) => (
    <FrameRow
      key={order}
      frame={frame}
      platform={platform}
      guilty={opened && order === guilty}
      open={opened && order === guilty}
    />
  );
  return (
    <ol className={stackClasses["frames"]}>
      {segments(frames, appOnly).map((segment) =>
        segment.kind === "frame" ? (
          row(segment.placed)
        ) : (
          <Folded key={`folded-${segment.frames[0]?.order ?? 0}`} segment={segment} row={row} />
        ),
      )}
    </ol>
  );
}

interface FoldedProps {
  readonly segment: Exclude<Segment, { readonly kind: "frame" }>;
  readonly row: (placed: PlacedFrame) => React.ReactNode;
}

function Folded({ segment, row }: FoldedProps) {
  const [open, setOpen] = useState(false);
  if (open) return <>{segment.frames.map(row)}</>;
  return (
    <li className={stackClasses["folded"]}>
      <UnstyledButton className={stackClasses["foldedButton"]} onClick={() => setOpen(true)}>
        <IconDots size={16} aria-hidden /> {foldedWords(segment)}
      </UnstyledButton>
    </li>
  );
}
