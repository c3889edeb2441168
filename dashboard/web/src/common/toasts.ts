import { notifications } from "@mantine/notifications";
import { adviceOn } from "./advice";

/** Something was asked for and did not happen. */
export function showFailure(what: string, error: Error): void {
  notifications.show({ color: "red", title: what, message: `${error.message}. ${adviceOn(error)}`, autoClose: 10_000 });
}

export function showDone(what: string): void {
  notifications.show({ color: "teal", message: what, autoClose: 4000 });
}
