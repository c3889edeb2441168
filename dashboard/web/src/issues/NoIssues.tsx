import { Button } from "@mantine/core";
import { IconCircleCheck, IconSearchOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Empty } from "../common/Empty";
import { statusOf, tokens, withStatus } from "./queryText";
import type { IssueSearch } from "./search";

/** Nothing open is good news; nothing found is not. */
export function NoIssues({ query, onChange }: { query: string; onChange: (change: IssueSearch) => void }): ReactNode {
  if (query === "is:unresolved") {
    return (
      <Empty icon={IconCircleCheck} title="No unresolved issues">
        New ones appear here by themselves.{" "}
        <Button variant="subtle" size="compact-sm" onClick={() => onChange({ query: "" })}>
          Show all
        </Button>
      </Empty>
    );
  }
  const elsewhere = statusOf(query) !== "all" && tokens(query).length > 1;
  return (
    <Empty icon={IconSearchOff} title="No issue matches">
      Words are searched in title, message, stack frames and breadcrumbs; all of them must be in one event. Case counts
      in filters only.
      <div style={{ marginTop: 12 }}>
        {elsewhere && (
          <Button variant="default" size="xs" mr="xs" onClick={() => onChange({ query: withStatus(query, "all") })}>
            Search in all statuses
          </Button>
        )}
        <Button variant="default" size="xs" onClick={() => onChange({ query: "is:unresolved" })}>
          Back to unresolved
        </Button>
      </div>
    </Empty>
  );
}
