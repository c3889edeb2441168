import { expect, test } from "vitest";
import { asText, isScrubbed, shown } from "./values";

test.each(["[Filtered]", "password=[Filtered]&x=1", "************", "?token=%5BFiltered%5D", "[redacted]"])(
  "%s is scrubbed",
  (value) => {
    expect(isScrubbed(value)).toBe(true);
    expect(shown(value).kind).toBe("scrubbed");
  },
);

test.each(["Filtered", "**bold**", "", 7, null])("%j is not", (value) => {
  expect(isScrubbed(value)).toBe(false);
});

test("plain values keep their type", () => {
  expect(shown("'rope'")).toEqual({ kind: "plain", text: "'rope'", type: "text" });
  expect(shown(0)).toEqual({ kind: "plain", text: "0", type: "number" });
  expect(shown(false)).toEqual({ kind: "plain", text: "false", type: "boolean" });
  expect(shown(null)).toEqual({ kind: "plain", text: "null", type: "null" });
  expect(shown(undefined)).toEqual({ kind: "plain", text: "null", type: "null" });
});

test("objects and lists say what is in them before they are opened", () => {
  expect(shown({ rope: "3", ids: [1], who: { id: 1 }, more: 1 })).toMatchObject({
    kind: "tree",
    summary: "{rope: 3, ids: […], who: {…}, …}",
  });
  expect(shown([1, null, true, 4])).toMatchObject({ kind: "tree", summary: "[1, null, true, …] · 4 items" });
  expect(shown([])).toMatchObject({ summary: "[]", entries: [] });
  expect(shown({})).toMatchObject({ summary: "{}", entries: [] });
});

test("a long summary is cut", () => {
  const found = shown({ query: "x".repeat(500) });
  expect(found.kind === "tree" && found.summary.length).toBe(60);
});

test("text for the clipboard", () => {
  expect(asText("a\nb")).toBe("a\nb");
  expect(asText({ a: 1 })).toBe('{\n  "a": 1\n}');
});
