// Which keys there are, and a way to switch them off.
import { Kbd, Modal, Switch } from "@mantine/core";
import type { PageKeys } from "../data/usePageKeys";
import eventClasses from "../event/event.module.css";

interface Props {
  readonly keys: PageKeys;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function KeySheet({ keys, opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys of this page" closeButtonProps={{ "aria-label": "Close" }}>
      <table className={eventClasses["keyValues"]}>
        <tbody>
          {keys.keys.map(({ key, says }) => (
            <tr key={key}>
              <th scope="row">
                <Kbd>{shownKey(key)}</Kbd>
              </th>
              <td>{says}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Switch
        mt="md"
        label="Single letters do something"
        checked={keys.enabled}
        onChange={(change) => keys.setEnabled(change.currentTarget.checked)}
      />
    </Modal>
  );
}

function shownKey(key: string): string {
  return key === "shift+?" ? "?" : key.replace("shift+", "⇧ ").toUpperCase();
}
