// Which frames of a stack are shown, folded and opened. The API gives frames oldest first; people read the newest call first.
import { count, plural } from "../../common/numbers";
import type { ExceptionView, Frame, IssueEvent } from "../types";

/** `order` is the frame's place in the API's answer: a stable key, whatever is folded. */
export interface PlacedFrame {
  readonly frame: Frame;
  readonly order: number;
}

export type Segment =
  | { readonly kind: "frame"; readonly placed: PlacedFrame }
  /** Neighbouring library frames, shown as one line until somebody asks. */
  | { readonly kind: "folded"; readonly frames: readonly PlacedFrame[] }
  /** The `calls` frames above it, again and again: a recursion. */
  | { readonly kind: "repeated"; readonly frames: readonly PlacedFrame[]; readonly calls: number };

/** Fewer are shown one by one. */
const REPEATS_FOLDED = 3;
/** Of functions that call each other in a circle. */
const LONGEST_CIRCLE = 6;

export function newestFirst(frames: readonly Frame[]): PlacedFrame[] {
  return frames.map((frame, order) => ({ frame, order })).reverse();
}

/** The frame to open first: the newest of the program's own code; where there is none, the newest. */
export function guiltyFrame(frames: readonly Frame[]): number | null {
  const own = frames.findLastIndex((frame) => frame.in_app);
  if (own >= 0) return own;
  return frames.length > 0 ? frames.length - 1 : null;
}

/** The exception that grouping takes for the root cause: the first with own code, else the first with frames, else the first. */
export function guiltyException(exceptions: readonly ExceptionView[]): number {
  const own = exceptions.findIndex((exception) => exception.frames.some((frame) => frame.in_app));
  if (own >= 0) return own;
  return Math.max(
    0,
    exceptions.findIndex((exception) => exception.frames.length > 0),
  );
}

/**
 * Newest first, a recursion once. With `appOnly`, neighbouring library frames become one folded segment; the guilty frame
 * always stays, and a stack without any frame of the program's own is not folded away whole.
 */
export function segments(frames: readonly Frame[], appOnly: boolean): Segment[] {
  const guilty = guiltyFrame(frames);
  const found: Segment[] = [];
  let folding: PlacedFrame[] = [];
  const close = () => {
    if (folding.length > 0) found.push({ kind: "folded", frames: folding });
    folding = [];
  };
  const add = (placed: PlacedFrame) => {
    if (appOnly && !placed.frame.in_app && placed.order !== guilty) {
      folding.push(placed);
      return;
    }
    close();
    found.push({ kind: "frame", placed });
  };
  const placed = newestFirst(frames);
  for (let at = 0; at < placed.length;) {
    const { calls, end } = recursion(placed, at);
    placed.slice(at, at + calls).forEach(add);
    const again = placed.slice(at + calls, end);
    if (appOnly && !again.some(({ frame }) => frame.in_app)) folding.push(...again);
    else if (again.length > 0) {
      close();
      found.push({ kind: "repeated", frames: again, calls });
    }
    at = end;
  }
  close();
  return found;
}

/** The circle that begins at a place: how many calls it has, and where its last round ends. One call, if it is none. */
function recursion(placed: readonly PlacedFrame[], at: number): { calls: number; end: number } {
  for (let calls = 1; calls <= LONGEST_CIRCLE; calls++) {
    let end = at + calls;
    while (end < placed.length && sameCall(placed[end], placed[end - calls])) end++;
    end -= (end - at) % calls;
    if ((end - at) / calls > REPEATS_FOLDED) return { calls, end };
  }
  return { calls: 1, end: at + 1 };
}

function sameCall(one: PlacedFrame | undefined, other: PlacedFrame | undefined): boolean {
  if (!one || !other) return false;
  return frameName(one.frame) === frameName(other.frame) && framePlace(one.frame) === framePlace(other.frame);
}

/** `12 library frames`, `the same call 95 more times`, `the same 4 calls 9 more times`. */
export function foldedWords(segment: Exclude<Segment, { readonly kind: "frame" }>): string {
  if (segment.kind === "folded") return plural(segment.frames.length, "library frame");
  const what = segment.calls === 1 ? "the same call" : `the same ${segment.calls} calls`;
  return `${what} ${count(segment.frames.length / segment.calls)} more times`;
}

export function hasLibraryFrames(event: IssueEvent): boolean {
  return stacks(event).some((frames) => frames.some((frame) => !frame.in_app));
}

export function stacks(event: IssueEvent): Frame[][] {
  return [...event.exceptions.map((exception) => exception.frames), event.thread_frames].filter(
    (frames) => frames.length > 0,
  );
}

/** `shop.cart.total`, `total`, or the file where a frame has no name. */
export function frameName(frame: Frame): string {
  if (frame.function && frame.module) return `${frame.module}.${frame.function}`;
  return frame.function || frame.module || frame.filename || frame.abs_path || "(a frame without a name)";
}

/** `shop/cart.py:42:7`; "" where the SDK named no file. */
export function framePlace(frame: Frame): string {
  const file = frame.filename || frame.abs_path;
  if (!file) return "";
  if (frame.lineno === null) return file;
  return frame.colno === null ? `${file}:${frame.lineno}` : `${file}:${frame.lineno}:${frame.colno}`;
}

/** A resolved frame as it was sent: `n at https://shop.example.org/static/app.js:3:61`. */
export function sentAs(sent: NonNullable<Frame["symbolication"]>): string {
  const name = [sent.module, sent.function].filter(Boolean).join(".") || "(no name)";
  const position = [sent.lineno, sent.colno].filter((part) => part !== null).join(":");
  const place = [sent.abs_path || sent.filename, position].filter(Boolean).join(":");
  return place ? `${name} at ${place}` : name;
}

/** Why a frame shows no code, and what to do about it; null where it shows some. */
export function whyNoCode(frame: Frame, platform: string): string | null {
  if (hasCode(frame) || frame.symbolication?.resolved === false) return null;
  if (platform === "javascript" || platform === "node") {
    return "The SDK sent no source lines for this frame. Minified code has none: build with source maps and send events from where they can be read.";
  }
  if (["java", "csharp", "go", "native", "cocoa"].includes(platform)) {
    return `SDKs for ${platform} send no source lines: compiled programs do not carry their source.`;
  }
  return "The SDK sent no source lines for this frame: the file was not readable where the program ran.";
}

export function hasCode(frame: Frame): boolean {
  return frame.context_line !== "" || frame.pre_context.length > 0 || frame.post_context.length > 0;
}
