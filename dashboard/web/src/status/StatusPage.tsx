import type { ReactNode } from "react";
import { Page } from "../shared/Page";

export function StatusPage(): ReactNode {
  return <Page title="Status">{null}</Page>;
}
