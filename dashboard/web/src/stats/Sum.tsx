import { Alert, Table, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { count } from "../common/numbers";
import { addsUp, parts } from "./accounting";
import classes from "./stats.module.css";

/** An addition as people write it: the parts, a line, the sum. */
export function Sum({ totals }: { totals: Schemas["Accounting"] }): ReactNode {
  return (
    <>
      <Table className={classes["sum"] ?? ""} aria-label="Accounting">
        <Table.Tbody>
          {parts(totals).map((part, index) => (
            <Table.Tr key={part.key} data-outcome={part.key}>
              <Table.Td className={classes["sign"]} aria-hidden>
                {index === 0 ? "" : "+"}
              </Table.Td>
              <Table.Th scope="row" fw={500}>
                {part.label}
                <Text span size="xs" c="dimmed" ml="xs">
                  {part.says}
                </Text>
              </Table.Th>
              <Table.Td className={classes["figure"]}>{count(part.value)}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr className={classes["total"]} data-outcome="received">
            <Table.Td className={classes["sign"]} aria-hidden>
              =
            </Table.Td>
            <Table.Th scope="row" fw={700}>
              Received
              <Text span size="xs" c="dimmed" ml="xs">
                with a valid key
              </Text>
            </Table.Th>
            <Table.Td className={classes["figure"]} fw={700}>
              {count(totals.received)}
            </Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
      {addsUp(totals) ? (
        <Text size="sm" mt="sm" c="dimmed">
          <IconCircleCheck size={16} aria-hidden style={{ verticalAlign: "-3px" }} /> Every received event is accounted
          for.
        </Text>
      ) : (
        <Alert color="red" variant="outline" mt="sm" role="alert" title="The sum does not add up">
          Some events are in no column. `seiche drain` names what is missing.
        </Alert>
      )}
    </>
  );
}
