import { expect, test } from "vitest";
import { bytes } from "./bytes";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1500, "1.5 kB"],
  [20_400_000, "20 MB"],
  [3_000_000_000_000, "3000 GB"],
])("%d bytes are %s", (size, text) => {
  expect(bytes(size)).toBe(text);
});
