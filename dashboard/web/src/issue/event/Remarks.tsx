// What normalisation trimmed, dropped or corrected; and an event that could not be read at all.
import { Alert } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import { plural } from "../../shared/numbers";
import type { IssueEvent } from "../types";

const UNREADABLE = "this event could not be read";

export function Remarks({ event }: { readonly event: IssueEvent }) {
  if (event.remarks.length === 0) return null;
  if (event.remarks.some((remark) => remark.startsWith(UNREADABLE))) return <Unreadable remarks={event.remarks} />;
  return (
    <Alert
      variant="outline"
      color="yellow"
      icon={<IconInfoCircle />}
      title={`${plural(event.remarks.length, "thing")} changed while it was read`}
    >
      <RemarkList remarks={event.remarks} />
    </Alert>
  );
}

function Unreadable({ remarks }: { readonly remarks: readonly string[] }) {
  return (
    <Alert variant="outline" color="red" icon={<IconAlertTriangle />} title="This event could not be read">
      <RemarkList remarks={remarks} />
      <p>
        It was stored as it came and counts as stored. Look at the SDK’s version and at what it sent; once this is
        mended, a backfill of its hour reads it again.
      </p>
    </Alert>
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
