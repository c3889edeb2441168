// One value of an event, whatever JSON it is. Objects and lists open where they stand.
import { Badge, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import eventClasses from "./event.module.css";
import classes from "../issue.module.css";
import { shown } from "../pure/values";

/** Beyond it a text is cut until somebody asks for the rest. */
const LONG_CHARACTERS = 600;

export function Value({ value }: { readonly value: unknown }) {
  const found = shown(value);
  if (found.kind === "scrubbed") return <Scrubbed text={found.text} />;
  if (found.kind === "tree") return <Tree summary={found.summary} entries={found.entries} />;
  return found.type === "text" ? <LongText text={found.text} /> : <span data-type={found.type}>{found.text}</span>;
}

function Scrubbed({ text }: { readonly text: string }) {
  return (
    <span title="Removed before it was stored, because it looked sensitive">
      {text !== "[Filtered]" && `${text} `}
      <Badge component="span" size="sm" variant="default" tt="none">
        scrubbed
      </Badge>
    </span>
  );
}

function LongText({ text }: { readonly text: string }) {
  const [whole, setWhole] = useState(false);
  if (text === "")
    return (
      <Text c="dimmed" span inherit>
        {'""'}
      </Text>
    );
  if (whole || text.length <= LONG_CHARACTERS) return <span>{text}</span>;
  return (
    <span>
      {text.slice(0, LONG_CHARACTERS)}…{" "}
      <UnstyledButton className={eventClasses["inlineButton"]} onClick={() => setWhole(true)}>
        show all {text.length.toLocaleString("en-GB")} characters
      </UnstyledButton>
    </span>
  );
}

interface TreeProps {
  readonly summary: string;
  readonly entries: readonly (readonly [string, unknown])[];
}

function Tree({ summary, entries }: TreeProps) {
  const [open, setOpen] = useState(false);
  if (entries.length === 0)
    return (
      <Text c="dimmed" span inherit>
        {summary}
      </Text>
    );
  return (
    <div>
      <UnstyledButton className={eventClasses["treeButton"]} aria-expanded={open} onClick={() => setOpen(!open)}>
        <IconChevronRight size={14} className={classes["chevron"]} data-open={open || undefined} aria-hidden />
        {summary}
      </UnstyledButton>
      {open && (
        <dl className={eventClasses["tree"]}>
          {entries.map(([name, value]) => (
            <div key={name} className={eventClasses["treeRow"]}>
              <dt>{name}</dt>
              <dd>
                <Value value={value} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
