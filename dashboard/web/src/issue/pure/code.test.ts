import { expect, test } from "vitest";
import { frame } from "../testing/events";
import { codeLines, sharedIndent } from "./code";

test("lines have their numbers, and the guilty one is marked", () => {
  const lines = codeLines(
    frame({
      lineno: 12,
      pre_context: ["    def load(cargo):", "        w = {}"],
      context_line: "        return w[cargo]",
      post_context: [""],
    }),
  );
  expect(lines).toEqual([
    { number: 10, text: "def load(cargo):", guilty: false },
    { number: 11, text: "    w = {}", guilty: false },
    { number: 12, text: "    return w[cargo]", guilty: true },
    { number: 13, text: "", guilty: false },
  ]);
});

test("code without a line number has none invented", () => {
  expect(codeLines(frame({ lineno: null, context_line: "x()" }))).toEqual([
    { number: null, text: "x()", guilty: true },
  ]);
});

test("no code gives no lines", () => {
  expect(codeLines(frame())).toEqual([]);
  expect(codeLines(frame({ pre_context: [""], context_line: "" }))).toEqual([]);
});

test.each([
  [["  a", "    b"], 2],
  [["\ta", "\t\tb"], 1],
  [["\ta", "  b"], 0],
  [["a", "  b"], 0],
  [["   a", "", "  "], 3],
  [[], 0],
])("shared indentation of %j", (texts, wanted) => {
  expect(sharedIndent(texts)).toBe(wanted);
});
