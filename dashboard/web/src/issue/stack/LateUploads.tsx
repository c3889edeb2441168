// An event that came before its source maps: says so, and shows it as the newest uploads would resolve it.
import { Alert, Button } from "@mantine/core";
import { IconMap } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { plural } from "../../common/numbers";
import { symbolicationOptions } from "../data/queries";
import { gained, hasUnresolved, withNewest } from "../pure/newest";
import type { IssueEvent } from "../types";

interface Props {
  readonly event: IssueEvent;
  readonly children: (shown: IssueEvent) => ReactNode;
}

export function LateUploads({ event, children }: Props) {
  const [newest, setNewest] = useState(false);
  const explained = useQuery({
    ...symbolicationOptions(event.project, event.event_id),
    enabled: hasUnresolved(event),
  }).data;
  if (!explained?.uploaded_since) return <>{children(event)}</>;
  return (
    <>
      <Alert variant="outline" color="blue" icon={<IconMap />} mb="sm" title="Uploaded after this event">
        {plural(gained(explained), "frame")} would be resolved with what is uploaded now. The issue was decided by the
        frames as they were: only regrouping changes that.{" "}
        <Button size="compact-xs" variant="default" onClick={() => setNewest(!newest)}>
          {newest ? "Show as decided" : "Show resolved"}
        </Button>
      </Alert>
      {/* Another key: frames that stood open belong to the other stack. */}
      <div key={newest ? "newest" : "decided"}>{children(newest ? withNewest(event, explained) : event)}</div>
    </>
  );
}
