import type { ReactNode } from "react";
import { Page } from "../shared/Page";

export function RulesPage(): ReactNode {
  return <Page title="Alert rules">{null}</Page>;
}
