// What the program did before, oldest first, timed against the event.
import { Badge, Chip, Group, Text, UnstyledButton } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import { levelColour } from "../../common/level";
import { plural } from "../../common/numbers";
import { absoluteTime } from "../../common/time";
import eventClasses from "./event.module.css";
import stackClasses from "../stack/stack.module.css";
import { levelCounts, levelOf, offset, trail, type Level, type PlacedCrumb } from "../pure/breadcrumbs";
import { isEmpty } from "../pure/values";
import { FoldSection } from "../side/FoldSection";
import type { IssueEvent } from "../types";
import { Value } from "./Value";

export function Breadcrumbs({ event }: { readonly event: IssueEvent }) {
  const [hidden, setHidden] = useState<ReadonlySet<Level>>(new Set());
  const [whole, setWhole] = useState(false);
  const levels = levelCounts(event.breadcrumbs);
  const { first, folded, last } = trail(event.breadcrumbs, hidden, whole);
  const toggle = (level: Level) => {
    const next = new Set(hidden);
    if (!next.delete(level)) next.add(level);
    setHidden(next);
  };
  const rows = (placed: readonly PlacedCrumb[]) =>
    placed.map((one) => <Crumb key={one.order} placed={one} occurredAt={event.occurred_at} />);
  return (
    <FoldSection name="breadcrumbs" title="Breadcrumbs" count={event.breadcrumbs.length}>
      {levels.length > 1 && (
        <Group gap={6} mb="xs" role="group" aria-label="Levels that are shown">
          {levels.map(([level, count]) => (
            <Chip key={level} size="xs" checked={!hidden.has(level)} onChange={() => toggle(level)}>
              {level} {count}
            </Chip>
          ))}
        </Group>
      )}
      {first.length === 0 && (
        <Text size="sm" c="dimmed">
          All levels are hidden: choose one above.
        </Text>
      )}
      <ol className={eventClasses["crumbs"]}>
        {rows(first)}
        {folded.length > 0 && (
          <li className={stackClasses["folded"]}>
            <UnstyledButton className={stackClasses["foldedButton"]} onClick={() => setWhole(true)}>
              <IconDots size={16} aria-hidden /> {plural(folded.length, "more breadcrumb")}
            </UnstyledButton>
          </li>
        )}
        {rows(last)}
      </ol>
    </FoldSection>
  );
}

function Crumb({ placed: { crumb }, occurredAt }: { readonly placed: PlacedCrumb; readonly occurredAt: string }) {
  const level = levelOf(crumb);
  return (
    <li className={eventClasses["crumb"]} data-level={level}>
      <span className={eventClasses["crumbTime"]} title={crumb.timestamp ? absoluteTime(crumb.timestamp) : undefined}>
        {offset(crumb, occurredAt)}
      </span>
      <span className={eventClasses["crumbKind"]}>
        <Badge component="span" size="xs" variant="dot" color={levelColour(level)} tt="none">
          {level}
        </Badge>
        <span>{crumb.category || crumb.type}</span>
      </span>
      <div className={eventClasses["crumbText"]}>
        {crumb.message && <Value value={crumb.message} />}
        {!isEmpty(crumb.data) && <Value value={crumb.data} />}
      </div>
    </li>
  );
}
