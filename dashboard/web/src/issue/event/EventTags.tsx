// The event's tags; those that the list can be filtered by lead there.
import { FoldSection } from "../side/FoldSection";
import type { IssueEvent } from "../types";
import { FilterLink } from "./FilterLink";
import { KeyValues } from "./KeyValues";

export function EventTags({ event }: { readonly event: IssueEvent }) {
  return (
    <FoldSection name="tags" title="Tags" count={event.tags.length}>
      <KeyValues
        label="Tags"
        entries={event.tags}
        render={(name, value) => <FilterLink project={event.project} name={name} value={String(value)} />}
      />
    </FoldSection>
  );
}
