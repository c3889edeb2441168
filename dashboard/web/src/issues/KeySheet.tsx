import { Kbd, Modal, Table } from "@mantine/core";
import type { ReactNode } from "react";
import { LIST_KEYS } from "./useListKeys";

export function KeySheet({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactNode {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Keys of this page"
      size="xs"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Table>
        <Table.Tbody>
          {LIST_KEYS.map(({ keys, says }) => (
            <Table.Tr key={keys}>
              <Table.Td w={80}>
                <Kbd>{keys}</Kbd>
              </Table.Td>
              <Table.Td>{says}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
