import { describe, expect, it } from "vitest";
import { shortHash, size, subject } from "./words";

describe("words of a release", () => {
  it("says sizes", () => {
    expect([0, 999, 1000, 123_456, 5_000_000, 7e12].map(size)).toEqual([
      "0 bytes",
      "999 bytes",
      "1.0 kB",
      "123 kB",
      "5.0 MB",
      "7000 GB",
    ]);
  });
  it("says commits", () => {
    expect(subject("Mend the cart\n\nlong text")).toBe("Mend the cart");
    expect(subject(" ")).toBe("(no message)");
    expect(shortHash("52cbd32aeb73db074712e8da679970a30b261969")).toBe("52cbd32a");
    expect(shortHash("r1234")).toBe("r1234");
  });
});
