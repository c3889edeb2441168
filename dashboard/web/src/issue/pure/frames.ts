// Which frames of a stack are shown, folded and opened. The API gives frames oldest first; people read the newest call first.
import type { ExceptionView, Frame, IssueEvent } from "../types";

/** `order` is the frame's place in the API's answer: a stable key, whatever is folded. */
export interface PlacedFrame {
  readonly frame: Frame;
  readonly order: number;
}

export type Segment =
  | { readonly kind: "frame"; readonly placed: PlacedFrame }
  /** Neighbouring library frames, shown as one line until somebody asks. */
  | { readonly kind: "folded"; readonly frames: readonly PlacedFrame[] };

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
 * Newest first. With `appOnly`, neighbouring library frames become one folded segment; the guilty frame always stays,
 * and a stack without any frame of the program's own is not folded away whole.
 */
export function segments(frames: readonly Frame[], appOnly: boolean): Segment[] {
  const guilty = guiltyFrame(frames);
  const found: Segment[] = [];
  let folding: PlacedFrame[] = [];
  const close = () => {
    if (folding.length > 0) found.push({ kind: "folded", frames: folding });
    folding = [];
  };
  for (const placed of newestFirst(frames)) {
    if (appOnly && !placed.frame.in_app && placed.order !== guilty) {
      folding.push(placed);
      continue;
    }
    close();
    found.push({ kind: "frame", placed });
  }
  close();
  return found;
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
