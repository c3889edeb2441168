import type { ReactNode } from "react";
import { Page } from "../shared/Page";

export function IssuesPage(): ReactNode {
  return <Page title="Issues">{null}</Page>;
}
