import { expect, it } from "vitest";
import { PLATFORMS, dsnParts, snippetFor } from "./snippets";

it.each(PLATFORMS)("$label carries the DSN or its key", ({ code }) => {
  expect(code("http://abc@host:8000/12")).toMatch(/http:\/\/abc@host:8000\/12|sentry_key=abc/);
});
it("takes a DSN apart", () => {
  expect(dsnParts("https://abc@errors.example.com/12")).toEqual({
    endpoint: "https://errors.example.com/api/12/store/",
    key: "abc",
  });
});
it("shows Python for a platform that it does not know", () => {
  expect(snippetFor("cobol")?.value).toBe("python");
});
