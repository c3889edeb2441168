import { useParams } from "@tanstack/react-router";
import { Suspense, lazy, type ComponentType, type ReactNode } from "react";
import { Loading, NotFound } from "./fallbacks";

interface IssuePageProps {
  issueId: string;
  /** An event's id, `latest` or `oldest`. */
  eventId: string;
}

const found = Object.values(
  import.meta.glob<{ IssuePage: ComponentType<IssuePageProps> }>("../issue/IssuePage.tsx"),
)[0];
const IssuePage = found && lazy(async () => ({ default: (await found()).IssuePage }));

/** `/issues/{id}` and `/issues/{id}/events/{event id}`: the addresses that notifications carry. */
export function IssueRoute(): ReactNode {
  const { issueId = "", eventId = "latest" } = useParams({ strict: false });
  if (!IssuePage) return <NotFound />;
  return (
    <Suspense fallback={<Loading />}>
      <IssuePage key={issueId} issueId={issueId} eventId={eventId} />
    </Suspense>
  );
}
