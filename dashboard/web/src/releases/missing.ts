/** Unresolved files in groups that one command mends. */
import type { Schemas } from "../api/client";

export type Lacking = Schemas["UnresolvedFileView"];

export interface Group {
  key: string;
  title: string;
  release: string;
  reason: string;
  whatToDo: string;
  command: string;
  files: Lacking[];
}

const IN_WORDS: Record<string, string> = {
  no_artifact_for_debug_id: "nothing was uploaded with these debug ids",
  map_not_uploaded: "the map of an uploaded file is missing",
  no_debug_id_no_release: "no debug id, and no release",
  release_without_artifacts: "nothing was uploaded",
  file_not_in_release: "files that were not uploaded",
  file_of_other_dist: "uploaded for another dist",
  no_map_reference: "uploaded files that name no map",
  map_not_in_release: "files that name a map which was not uploaded",
  map_unreadable: "maps that cannot be read",
  no_token: "maps of another build",
  no_position: "frames without a column",
  no_mapping_for_uuid: "no ProGuard mapping was uploaded",
  content_lost: "uploads that the raw store has lost",
  too_many_files: "too many files in one event",
};

/** Groups in the order of their newest file: same release and dist, same reason, same command. */
export function grouped(items: readonly Lacking[]): Group[] {
  const found = new Map<string, Group>();
  for (const item of items) {
    const key = JSON.stringify([item.release, item.dist, item.reason, item.command]);
    const group = found.get(key) ?? {
      key,
      title: title(item),
      release: item.release,
      reason: item.reason,
      whatToDo: item.what_to_do,
      command: item.command,
      files: [],
    };
    group.files.push(item);
    found.set(key, group);
  }
  return [...found.values()];
}

function title({ release, dist, reason }: Lacking): string {
  const build = (release || "No release") + (dist && `, dist ${dist}`);
  return `${build}: ${IN_WORDS[reason] ?? reason.replaceAll("_", " ")}`;
}

/** What a line is about: its file, else the mapping's id, else that a batch had too many to name. */
export const named = (item: Lacking): string => item.file || item.debug_id || "other files";
