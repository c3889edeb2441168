import { describe, expect, it, test } from "vitest";
import { event, exception, frame, library } from "../testing/events";
import {
  frameName,
  framePlace,
  guiltyException,
  guiltyFrame,
  hasLibraryFrames,
  segments,
  sentAs,
  whyNoCode,
} from "./frames";
import type { Segment } from "./frames";

/** `own main`, `fold 2`: a segment in a word. */
function told(segment: Segment): string {
  return segment.kind === "frame" ? segment.placed.frame.function : `fold ${segment.frames.length}`;
}

const WEB = [
  library("wsgi"),
  library("dispatch"),
  frame({ function: "view" }),
  library("decorator"),
  frame({ function: "load" }),
  library("get"),
];

test("newest call first, neighbouring library frames folded", () => {
  expect(segments(WEB, true).map(told)).toEqual(["fold 1", "load", "fold 1", "view", "fold 2"]);
});

test("all frames are shown in order without folding", () => {
  expect(segments(WEB, false).map(told)).toEqual(["get", "load", "decorator", "view", "dispatch", "wsgi"]);
});

test("a stack of libraries alone keeps the newest frame", () => {
  expect(segments([library("a"), library("b"), library("c")], true).map(told)).toEqual(["c", "fold 2"]);
  expect(segments([], true)).toEqual([]);
});

test("a frame keeps its place whatever is folded", () => {
  const orders = segments(WEB, true).flatMap((found) =>
    found.kind === "frame" ? [found.placed.order] : found.frames.map((placed) => placed.order),
  );
  expect(orders).toEqual([5, 4, 3, 2, 1, 0]);
});

test("the guilty frame is the newest of one's own, else the newest", () => {
  expect(guiltyFrame(WEB)).toBe(4);
  expect(guiltyFrame([library("a"), library("b")])).toBe(1);
  expect(guiltyFrame([])).toBeNull();
});

test("the guilty exception is the innermost with own code", () => {
  const foreign = exception({ frames: [library("get")] });
  expect(guiltyException([foreign, exception()])).toBe(1);
  expect(guiltyException([exception({ frames: [] }), foreign])).toBe(1);
  expect(guiltyException([exception({ frames: [] })])).toBe(0);
  expect(guiltyException([])).toBe(0);
});

test("names and places say what is known", () => {
  expect(frameName(frame())).toBe("shop.cart.load");
  expect(frameName(frame({ module: "" }))).toBe("load");
  expect(frameName(frame({ module: "", function: "" }))).toBe("shop/cart.py");
  expect(frameName(frame({ module: "", function: "", filename: "", abs_path: "" }))).toBe("(a frame without a name)");
  expect(framePlace(frame({ colno: 7 }))).toBe("shop/cart.py:12:7");
  expect(framePlace(frame({ lineno: null }))).toBe("shop/cart.py");
  expect(framePlace(frame({ filename: "", abs_path: "" }))).toBe("");
});

test("a frame without code says why", () => {
  expect(whyNoCode(frame({ context_line: "x = 1" }), "python")).toBeNull();
  expect(whyNoCode(frame(), "python")).toContain("not readable");
  expect(whyNoCode(frame(), "javascript")).toContain("source maps");
  expect(whyNoCode(frame(), "java")).toContain("SDKs for java");
});

test("the toggle is offered only where there is something to fold", () => {
  expect(hasLibraryFrames(event())).toBe(false);
  expect(hasLibraryFrames(event({ exceptions: [], thread_frames: WEB }))).toBe(true);
});

describe("sentAs", () => {
  const sent = {
    resolved: true,
    code: "debug_id",
    text: "from ~/app.js.map",
    function: "n",
    module: "",
    filename: "",
    abs_path: "https://shop.example.org/app.js",
    lineno: 3,
    colno: 61,
  };
  it("names the minified place", () => {
    expect(sentAs(sent)).toBe("n at https://shop.example.org/app.js:3:61");
    expect(sentAs({ ...sent, module: "a.b", abs_path: "", lineno: null, colno: null })).toBe("a.b.n");
    expect(sentAs({ ...sent, function: "", colno: null })).toBe("(no name) at https://shop.example.org/app.js:3");
  });
  it("gives the reason of an unresolved frame instead of the general advice", () => {
    expect(whyNoCode(frame({ symbolication: { ...sent, resolved: false } }), "javascript")).toBeNull();
  });
});
