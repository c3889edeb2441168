// Names and values in two columns; on a phone, one under the other.
import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import eventClasses from "./event.module.css";
import { Value } from "./Value";

interface Props {
  readonly label: string;
  readonly entries: readonly (readonly [string, unknown])[];
  /** In place of the plain value, where it returns something. */
  readonly render?: (name: string, value: unknown) => ReactNode;
}

export function KeyValues({ label, entries, render }: Props) {
  if (entries.length === 0)
    return (
      <Text c="dimmed" size="sm">
        Nothing was sent.
      </Text>
    );
  return (
    <table className={eventClasses["keyValues"]} aria-label={label}>
      <tbody>
        {entries.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{render?.(name, value) ?? <Value value={value} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
