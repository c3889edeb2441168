// One call: a line that opens to its code and locals.
import { Badge, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useId, useState } from "react";
import classes from "../issue.module.css";
import stackClasses from "./stack.module.css";
import { codeLines } from "../pure/code";
import { frameName, framePlace, sentAs, whyNoCode } from "../pure/frames";
import { plural } from "../../common/numbers";
import { isEmpty } from "../pure/values";
import { KeyValues } from "../event/KeyValues";
import type { Frame } from "../types";
import { CodeBlock } from "./CodeBlock";

interface Props {
  readonly frame: Frame;
  readonly platform: string;
  readonly guilty: boolean;
  readonly open: boolean;
}

export function FrameRow({ frame, platform, guilty, open }: Props) {
  const [shown, setShown] = useState(open);
  const id = useId();
  return (
    <li className={stackClasses["frame"]} data-guilty={guilty || undefined} data-library={!frame.in_app || undefined}>
      <UnstyledButton
        className={stackClasses["frameButton"]}
        aria-expanded={shown}
        aria-controls={shown ? id : undefined}
        onClick={() => setShown(!shown)}
      >
        <IconChevronRight size={16} className={classes["chevron"]} data-open={shown || undefined} aria-hidden />
        <span className={stackClasses["frameName"]}>{frameName(frame)}</span>
        <span className={stackClasses["framePlace"]}>{framePlace(frame)}</span>
        {frame.symbolication?.resolved === false && (
          <Badge component="span" size="xs" color="yellow" variant="light" tt="none">
            not resolved
          </Badge>
        )}
        {!frame.in_app && (
          <Badge component="span" size="xs" variant="default" tt="none" className={stackClasses["frameBadge"]}>
            library
          </Badge>
        )}
      </UnstyledButton>
      {shown && (
        <div id={id}>
          <FrameDetail frame={frame} platform={platform} guilty={guilty} />
        </div>
      )}
    </li>
  );
}

function FrameDetail({ frame, platform, guilty }: Omit<Props, "open">) {
  const lines = codeLines(frame);
  const place = framePlace(frame);
  return (
    <>
      {frame.symbolication && <Resolution found={frame.symbolication} />}
      {lines.length > 0 ? (
        <CodeBlock lines={lines} label={`Code of ${frameName(frame)}`} />
      ) : (
        <Text size="sm" c="dimmed" className={stackClasses["note"]}>
          {whyNoCode(frame, platform)}
        </Text>
      )}
      {frame.abs_path && frame.abs_path !== frame.filename && (
        <Text size="xs" c="dimmed" className={stackClasses["note"]}>
          {frame.abs_path}
        </Text>
      )}
      {!isEmpty(frame.vars) && <Locals frame={frame} open={guilty} place={place} />}
    </>
  );
}

/** Which upload the frame was resolved with and how it was sent; or why it was not. */
function Resolution({ found }: { readonly found: NonNullable<Frame["symbolication"]> }) {
  return (
    <Text size="xs" c={found.resolved ? "dimmed" : undefined} className={stackClasses["note"]}>
      {found.resolved ? `Resolved ${found.text}; sent as ${sentAs(found)}` : `Not resolved: ${found.text}.`}
    </Text>
  );
}

function Locals({ frame, open, place }: { readonly frame: Frame; readonly open: boolean; readonly place: string }) {
  const [shown, setShown] = useState(open);
  const entries = Object.entries(frame.vars);
  return (
    <div className={stackClasses["locals"]}>
      <UnstyledButton className={stackClasses["localsButton"]} aria-expanded={shown} onClick={() => setShown(!shown)}>
        <IconChevronRight size={14} className={classes["chevron"]} data-open={shown || undefined} aria-hidden />
        {plural(entries.length, "local")}
      </UnstyledButton>
      {shown && <KeyValues label={`Locals of ${frameName(frame)} ${place}`} entries={entries} />}
    </div>
  );
}
