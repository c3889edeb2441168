import { describe, expect, it, test } from "vitest";
import { event, exception, frame, library } from "../testing/events";
import {
  foldedWords,
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
  if (segment.kind === "frame") return segment.placed.frame.function;
  return segment.kind === "folded" ? `fold ${segment.frames.length}` : foldedWords(segment);
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

test("a recursion is shown once, also of functions that call each other and of calls through a library", () => {
  const path = (lineno: number) => frame({ function: "path", lineno });
  const deep = [library("wsgi"), frame({ function: "view" }), ...Array.from({ length: 96 }, () => path(32)), path(29)];
  expect(segments(deep, true).map(told)).toEqual(["path", "path", "the same call 95 more times", "view", "fold 1"]);
  expect(segments(deep, false).map(told)).toEqual(["path", "path", "the same call 95 more times", "view", "wsgi"]);
  const circle = [frame({ function: "even" }), library("wrap"), frame({ function: "odd" }), library("wrap")];
  const mutual = Array.from({ length: 40 }, (_, at) => circle[at % 4] ?? frame());
  expect(segments(mutual, true).map(told)).toEqual([
    "fold 1",
    "odd",
    "fold 1",
    "even",
    "the same 4 calls 9 more times",
  ]);
  expect(
    segments(mutual, true).flatMap((found) => (found.kind === "frame" ? [found.placed] : found.frames)),
  ).toHaveLength(40);
});

test("what repeats a few times only, and other lines of the same function, are shown one by one", () => {
  expect(segments([frame(), frame(), frame()], true).map(told)).toEqual(["load", "load", "load"]);
  const lines = [1, 2, 3, 4, 5].map((lineno) => frame({ lineno }));
  expect(segments(lines, true).map(told)).toEqual(["load", "load", "load", "load", "load"]);
});

test("libraries that call themselves are folded as libraries", () => {
  const stack = [
    frame({ function: "view" }),
    ...Array.from({ length: 9 }, () => library("walk")),
    frame({ function: "load" }),
  ];
  expect(segments(stack, true).map(told)).toEqual(["load", "fold 9", "view"]);
  expect(segments(stack, false).map(told)).toEqual(["load", "walk", "the same call 8 more times", "view"]);
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
