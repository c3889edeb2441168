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

export type GroupingSettings = Pick<
  Schemas["ProjectDetail"],
  "grouping_version" | "grouping_near" | "fingerprint_rules" | "stack_rules"
>;

export function groupingChanges(before: GroupingSettings, after: GroupingSettings): Partial<GroupingSettings> {
  const changes: Partial<GroupingSettings> = {};
  if (after.grouping_version !== before.grouping_version) changes.grouping_version = after.grouping_version;
  if (after.grouping_near !== before.grouping_near) changes.grouping_near = after.grouping_near;
  if (after.fingerprint_rules !== before.fingerprint_rules) changes.fingerprint_rules = after.fingerprint_rules;
  if (after.stack_rules !== before.stack_rules) changes.stack_rules = after.stack_rules;
  return changes;
}
