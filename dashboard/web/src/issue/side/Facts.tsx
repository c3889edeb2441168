// First and last seen, in which releases and environments.
import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Ago } from "../../common/Ago";
import { FilterLink } from "../event/FilterLink";
import eventClasses from "../event/event.module.css";
import classes from "../issue.module.css";
import type { Numbers } from "../data/useNumbers";
import type { Issue, IssueEvent } from "../types";
import { FoldSection } from "./FoldSection";

const SHOWN = 5;

interface Props {
  readonly issue: Issue;
  readonly numbers: Numbers;
  readonly event: IssueEvent | undefined;
}

export function Facts({ issue, numbers, event }: Props) {
  // The first and last release are those of all environments: they are not said of one.
  const narrowed = numbers.environment !== "";
  const first = narrowed ? "" : issue.first_release;
  const last = narrowed ? "" : issue.last_release;
  const rows: [string, ReactNode][] = [
    ["First seen", <Seen key="first" at={numbers.shown.first_seen} release={first} project={issue.project} />],
    ["Last seen", <Seen key="last" at={numbers.shown.last_seen} release={last} project={issue.project} />],
    ["Releases", <Values key="releases" project={issue.project} name="release" values={issue.releases} />],
    [
      "Environments",
      <Values key="environments" project={issue.project} name="environment" values={issue.environments} />,
    ],
    ...eventRows(event),
  ];
  return (
    <FoldSection name="facts" title="Seen">
      <table className={eventClasses["keyValues"]} aria-label="Where this issue was seen">
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </FoldSection>
  );
}

function eventRows(event: IssueEvent | undefined): [string, ReactNode][] {
  if (!event) return [];
  const rows: [string, string][] = [
    ["Server", event.server_name],
    ["SDK", event.sdk],
    ["Platform", event.platform],
    ["Dist", event.dist],
    ["Logger", event.logger],
    ["Event id", event.event_id],
  ];
  return rows.filter(([, value]) => value !== "");
}

function Seen({ at, release, project }: { readonly at: string; readonly release: string; readonly project: string }) {
  return (
    <>
      <Ago at={at} />
      {release && (
        <>
          {" in "}
          <FilterLink project={project} name="release" value={release} />
        </>
      )}
    </>
  );
}

interface ValuesProps {
  readonly project: string;
  readonly name: string;
  readonly values: readonly string[];
}

function Values({ project, name, values }: ValuesProps) {
  if (values.length === 0)
    return (
      <Text c="dimmed" span inherit>
        none named
      </Text>
    );
  return (
    <ul className={classes["plainList"]}>
      {values.slice(0, SHOWN).map((value) => (
        <li key={value}>
          <FilterLink project={project} name={name} value={value} />
        </li>
      ))}
      {values.length > SHOWN && <li>and {values.length - SHOWN} more</li>}
    </ul>
  );
}
