// What SDKs send as locals, extra and contexts: any JSON. Here it becomes something that can be shown.
import { plural } from "../../common/numbers";

export type Shown =
  | { readonly kind: "scrubbed"; readonly text: string }
  | { readonly kind: "plain"; readonly text: string; readonly type: "text" | "number" | "boolean" | "null" }
  | { readonly kind: "tree"; readonly summary: string; readonly entries: readonly (readonly [string, unknown])[] };

/** What SDKs and Seiche put in place of a sensitive value. */
const SCRUBBED = /\[(?:Filtered|redacted|scrubbed)\]|^\*{6,}$|%5BFiltered%5D/i;
const SUMMARY_ITEMS = 3;
const SUMMARY_CHARACTERS = 60;

export function isScrubbed(value: unknown): boolean {
  return typeof value === "string" && SCRUBBED.test(value);
}

export function shown(value: unknown): Shown {
  if (typeof value === "string") {
    return isScrubbed(value) ? { kind: "scrubbed", text: value } : { kind: "plain", text: value, type: "text" };
  }
  if (typeof value === "number") return { kind: "plain", text: String(value), type: "number" };
  if (typeof value === "boolean") return { kind: "plain", text: String(value), type: "boolean" };
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return {
      kind: "tree",
      summary: listSummary(items),
      entries: items.map((item, index) => [String(index), item] as const),
    };
  }
  if (isRecord(value)) {
    return { kind: "tree", summary: recordSummary(value), entries: Object.entries(value) };
  }
  return { kind: "plain", text: "null", type: "null" };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listSummary(items: readonly unknown[]): string {
  if (items.length === 0) return "[]";
  return cut(
    `[${items.slice(0, SUMMARY_ITEMS).map(inline).join(", ")}${items.length > SUMMARY_ITEMS ? ", …" : ""}] · ${plural(items.length, "item")}`,
  );
}

function recordSummary(record: Record<string, unknown>): string {
  const keys = Object.keys(record);
  if (keys.length === 0) return "{}";
  const some = keys.slice(0, SUMMARY_ITEMS).map((key) => `${key}: ${inline(record[key])}`);
  return cut(`{${some.join(", ")}${keys.length > SUMMARY_ITEMS ? ", …" : ""}}`);
}

function cut(text: string): string {
  return text.length > SUMMARY_CHARACTERS ? `${text.slice(0, SUMMARY_CHARACTERS - 1)}…` : text;
}

/** One short word for a nested value. */
function inline(value: unknown): string {
  const found = shown(value);
  if (found.kind === "tree") return Array.isArray(value) ? "[…]" : "{…}";
  return found.text;
}

/** A value as text for the clipboard: strings as they are, all else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

export function isEmpty(record: Record<string, unknown>): boolean {
  return Object.keys(record).length === 0;
}
