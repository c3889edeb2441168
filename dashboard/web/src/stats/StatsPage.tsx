import type { ReactNode } from "react";
import { Page } from "../shared/Page";

export function StatsPage(): ReactNode {
  return <Page title="Stats">{null}</Page>;
}
