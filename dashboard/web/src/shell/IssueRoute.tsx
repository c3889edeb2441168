import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { IssuePage } from "../issue/IssuePage";

/** `/issues/{id}` and `/issues/{id}/events/{event id}`: the addresses that notifications carry. */
export function IssueRoute(): ReactNode {
  const { issueId = "", eventId = "latest" } = useParams({ strict: false });
  return <IssuePage key={issueId} issueId={issueId} eventId={eventId} />;
}
