import type { ReactNode } from "react";
import { Page } from "../shared/Page";

export function SettingsPage(): ReactNode {
  return <Page title="Settings">{null}</Page>;
}
