// What normalisation trimmed, dropped or corrected; and an event that could not be read at all.
import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { FoldSection } from "../side/FoldSection";
import type { IssueEvent } from "../types";

/** How query_api/events/detail.py begins it. */
const UNREADABLE = "this event could not be read";

export function isUnreadable(event: IssueEvent): boolean {
  return event.remarks.some((remark) => remark.startsWith(UNREADABLE));
}

export function Unreadable({ event }: { readonly event: IssueEvent }) {
  return (
    <Alert variant="outline" color="red" icon={<IconAlertTriangle />} title="This event could not be read">
      <RemarkList remarks={event.remarks} />
      <p>
        It was stored as it came and counts as stored. Look at the SDK’s version and at what it sent; once this is
        mended, a backfill of its hour reads it again.
      </p>
    </Alert>
  );
}

export function Remarks({ event }: { readonly event: IssueEvent }) {
  return (
    <FoldSection name="remarks" title="Changed while it was read" count={event.remarks.length}>
      <RemarkList remarks={event.remarks} />
    </FoldSection>
  );
}

function RemarkList({ remarks }: { readonly remarks: readonly string[] }) {
  return (
    <ul style={{ margin: 0, paddingInlineStart: 18 }}>
      {remarks.map((remark) => (
        <li key={remark}>{remark}</li>
      ))}
    </ul>
  );
}
