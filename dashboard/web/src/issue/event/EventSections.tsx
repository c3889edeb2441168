// All that an event carries besides its stack; what an SDK did not send takes no room.
import eventClasses from "./event.module.css";
import { isRecord, isEmpty } from "../pure/values";
import { FoldSection } from "../side/FoldSection";
import { userEntries } from "../pure/surroundings";
import type { IssueEvent } from "../types";
import { Breadcrumbs } from "./Breadcrumbs";
import { EventTags } from "./EventTags";
import { KeyValues } from "./KeyValues";
import { Remarks, isUnreadable } from "./Remarks";
import { RawEvent } from "./RawEvent";

export function EventSections({ event }: { readonly event: IssueEvent }) {
  const user = userEntries(event.user);
  return (
    <>
      {event.breadcrumbs.length > 0 && <Breadcrumbs event={event} />}
      {event.tags.length > 0 && <EventTags event={event} />}
      {user.length > 0 && (
        <FoldSection name="user" title="User">
          <KeyValues label="User" entries={user} />
        </FoldSection>
      )}
      {!isEmpty(event.request) && (
        <FoldSection name="request" title="Request">
          <KeyValues label="Request" entries={Object.entries(event.request)} />
        </FoldSection>
      )}
      {!isEmpty(event.contexts) && (
        <FoldSection name="contexts" title="Contexts" count={Object.keys(event.contexts).length}>
          {Object.entries(event.contexts).map(([name, context]) => (
            <Context key={name} name={name} context={context} />
          ))}
        </FoldSection>
      )}
      {!isEmpty(event.extra) && (
        <FoldSection name="extra" title="Extra" count={Object.keys(event.extra).length}>
          <KeyValues label="Extra" entries={Object.entries(event.extra)} />
        </FoldSection>
      )}
      {!isEmpty(event.modules) && (
        <FoldSection name="modules" title="Modules" count={Object.keys(event.modules).length} open={false}>
          <KeyValues label="Modules" entries={Object.entries(event.modules).sort(([a], [b]) => a.localeCompare(b))} />
        </FoldSection>
      )}
      {event.remarks.length > 0 && !isUnreadable(event) && <Remarks event={event} />}
      <RawEvent event={event} />
    </>
  );
}

function Context({ name, context }: { readonly name: string; readonly context: unknown }) {
  const entries = isRecord(context)
    ? Object.entries(context).filter(([key]) => key !== "type")
    : [[name, context] as const];
  return (
    <div>
      <h3 className={eventClasses["contextName"]}>{name}</h3>
      <KeyValues label={name} entries={entries} />
    </div>
  );
}
