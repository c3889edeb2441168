// What the issue is, how much of it there is, and where it stands.
import { ActionIcon, Badge, Group, NativeSelect, Text, Title } from "@mantine/core";
import { IconChevronLeft, IconKeyboard } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Ago } from "../../common/Ago";
import { levelColour } from "../../common/level";
import { plural } from "../../common/numbers";
import type { Numbers } from "../data/useNumbers";
import type { StatusChange } from "../data/useStatus";
import classes from "../issue.module.css";
import type { Issue } from "../types";
import { standingSentence } from "../pure/standing";
import { Actions } from "./Actions";

interface Props {
  readonly issue: Issue;
  readonly numbers: Numbers;
  readonly status: StatusChange;
  readonly onHelp: () => void;
}

export function IssueHeader({ issue, numbers, status, onHelp }: Props) {
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
      <Group gap="xs">
        <Text size="sm" component="p" m={0}>
          <strong>{plural(numbers.shown.count, "event")}</strong>
          {numbers.shown.as_of !== null && (
            <>
              {" · "}
              <strong>{plural(numbers.shown.users, "user")}</strong>
            </>
          )}
          {numbers.shown.count > 0 && (
            <>
              {" · last seen "}
              <Ago at={numbers.shown.last_seen} />
            </>
          )}
          {standingSentence(issue) && ` · ${standingSentence(issue)}`}
        </Text>
        <Environment issue={issue} numbers={numbers} />
      </Group>
    </header>
  );
}

/** Which environment the numbers are of; one that is not the issue's can come by the address. */
function Environment({ issue, numbers }: { readonly issue: Issue; readonly numbers: Numbers }) {
  const { environment } = numbers;
  if (issue.environments.length < 2 && environment === "") return null;
  const named = issue.environments.includes(environment) || environment === "" ? [] : [environment];
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label="Environment"
        value={environment}
        onChange={(change) => numbers.choose(change.currentTarget.value)}
        data={[
          { value: "", label: "All environments" },
          ...[...named, ...issue.environments].map((value) => ({ value, label: value })),
        ]}
      />
      {numbers.failed && (
        <Text size="xs" c="red" role="alert">
          The numbers of this environment cannot be asked for now: these are of all.
        </Text>
      )}
    </>
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
