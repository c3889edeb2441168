// A frame's source lines with their numbers.
import type { Frame } from "../types";

export interface CodeLine {
  /** null where the SDK sent code without a line number. */
  readonly number: number | null;
  readonly text: string;
  readonly guilty: boolean;
}

/** The frame's lines in file order, without the indentation that all of them share. */
export function codeLines(frame: Frame): CodeLine[] {
  const texts = [...frame.pre_context, frame.context_line, ...frame.post_context];
  if (texts.every((text) => text === "")) return [];
  const first = frame.lineno === null ? null : frame.lineno - frame.pre_context.length;
  const shared = sharedIndent(texts);
  return texts.map((text, index) => ({
    number: first === null ? null : first + index,
    text: text.slice(shared),
    guilty: index === frame.pre_context.length,
  }));
}

/** How many characters of white space every line that says something begins with; tabs and spaces are not mixed up. */
export function sharedIndent(texts: readonly string[]): number {
  const indents = texts.filter((text) => text.trim() !== "").map((text) => /^[ \t]*/.exec(text)?.[0] ?? "");
  const [first, ...others] = indents;
  if (first === undefined) return 0;
  return others.reduce((shared, indent) => {
    let same = 0;
    while (same < shared && indent[same] === first[same]) same += 1;
    return same;
  }, first.length);
}
