// What the issue is, how much of it there is, and where it stands.
import { ActionIcon, Badge, Group, Text, Title } from "@mantine/core";
import { IconChevronLeft, IconKeyboard } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Ago } from "../../common/Ago";
import { levelColour } from "../../common/level";
import { plural } from "../../common/numbers";
import type { StatusChange } from "../data/useStatus";
import classes from "../issue.module.css";
import type { Issue } from "../types";
import { standingSentence } from "../pure/standing";
import { Actions } from "./Actions";

interface Props {
  readonly issue: Issue;
  readonly status: StatusChange;
  readonly onHelp: () => void;
}

export function IssueHeader({ issue, status, onHelp }: Props) {
  return (
    <header className={classes["header"]}>
      <Group gap="xs" justify="space-between">
        <Group gap="xs">
          <Link to="/projects/$slug/issues" params={{ slug: issue.project }} className={classes["back"]}>
            <IconChevronLeft size={16} aria-hidden />
            {issue.project}
          </Link>
          <Text size="sm" fw={600}>
            {issue.short_id}
          </Text>
          <Badge variant="dot" color={levelColour(issue.level)} tt="none">
            {issue.level}
          </Badge>
          <StatusBadge issue={issue} />
        </Group>
        <ActionIcon variant="subtle" color="gray" onClick={onHelp} aria-label="Keys of this page" visibleFrom="sm">
          <IconKeyboard size={18} />
        </ActionIcon>
      </Group>
      <div className={classes["headline"]}>
        <div>
          <Title order={1} size="h3" className={classes["title"]}>
            {issue.type || issue.title}
          </Title>
          {issue.type && issue.value && <p className={classes["value"]}>{issue.value}</p>}
          {issue.culprit && (
            <Text size="sm" c="dimmed" ff="monospace" className={classes["breakable"]}>
              {issue.culprit}
            </Text>
          )}
        </div>
        <Actions issue={issue} status={status} />
      </div>
      <Text size="sm" component="p" m={0}>
        <strong>{plural(issue.count, "event")}</strong>
        {issue.as_of !== null && (
          <>
            {" · "}
            <strong>{plural(issue.users, "user")}</strong>
          </>
        )}
        {" · last seen "}
        <Ago at={issue.last_seen} />
        {standingSentence(issue) && ` · ${standingSentence(issue)}`}
      </Text>
    </header>
  );
}

function StatusBadge({ issue }: { readonly issue: Issue }) {
  if (issue.status === "resolved")
    return (
      <Badge color="teal.9" tt="none">
        resolved
      </Badge>
    );
  if (issue.status === "ignored")
    return (
      <Badge variant="default" tt="none">
        ignored
      </Badge>
    );
  const alarming = issue.substatus === "regressed" || issue.substatus === "escalating";
  return (
    <Badge variant="light" color={alarming ? "orange" : "cyan"} tt="none" className={classes["status"]}>
      {issue.substatus || "unresolved"}
    </Badge>
  );
}
