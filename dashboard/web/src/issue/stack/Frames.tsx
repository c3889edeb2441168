// A stack, newest call first, with the libraries' calls folded.
import { UnstyledButton } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import stackClasses from "./stack.module.css";
import { guiltyFrame, segments, type PlacedFrame } from "../pure/frames";
import { plural } from "../../common/numbers";
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
          <Folded key={`folded-${segment.frames[0]?.order ?? 0}`} frames={segment.frames} row={row} />
        ),
      )}
    </ol>
  );
}

interface FoldedProps {
  readonly frames: readonly PlacedFrame[];
  readonly row: (placed: PlacedFrame) => React.ReactNode;
}

function Folded({ frames, row }: FoldedProps) {
  const [open, setOpen] = useState(false);
  if (open) return <>{frames.map(row)}</>;
  return (
    <li className={stackClasses["folded"]}>
      <UnstyledButton className={stackClasses["foldedButton"]} onClick={() => setOpen(true)}>
        <IconDots size={16} aria-hidden /> {plural(frames.length, "library frame")}
      </UnstyledButton>
    </li>
  );
}
