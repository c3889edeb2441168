import type { Schemas } from "../api/client";

export type Settings = Pick<
  Schemas["ProjectDetail"],
  "name" | "retention_days" | "scrub_defaults" | "sensitive_fields"
>;

/** Only what differs is sent: each change makes a new version of the project's configuration. */
export function changesOf(before: Settings, after: Settings): Partial<Settings> {
  const changes: Partial<Settings> = {};
  const name = after.name.trim();
  if (name !== "" && name !== before.name) changes.name = name;
  if (after.retention_days >= 1 && after.retention_days !== before.retention_days) {
    changes.retention_days = after.retention_days;
  }
  if (after.scrub_defaults !== before.scrub_defaults) changes.scrub_defaults = after.scrub_defaults;
  if (JSON.stringify(after.sensitive_fields) !== JSON.stringify(before.sensitive_fields)) {
    changes.sensitive_fields = after.sensitive_fields;
  }
  return changes;
}
