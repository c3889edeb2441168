import { describe, expect, it } from "vitest";
import { byStatus, toggleRange, whatFailed } from "./bulk";

describe("byStatus", () => {
  it("groups ids for the way back", () => {
    expect(
      byStatus([
        { id: "1", status: "unresolved" },
        { id: "2", status: "ignored" },
        { id: "3", status: "unresolved" },
      ]),
    ).toEqual({ unresolved: ["1", "3"], ignored: ["2"] });
  });
});

describe("whatFailed", () => {
  it("names issues as people know them", () => {
    expect(whatFailed({ "1": "gone", "9": "odd" }, [{ id: "1", short_id: "SHOP-1" }])).toBe("SHOP-1: gone; 9: odd");
  });
  it("is empty where all went well, and short where much failed", () => {
    expect(whatFailed({}, [])).toBe("");
    expect(whatFailed({ a: "x", b: "x", c: "x", d: "x", e: "x" }, [])).toBe("a: x; b: x; c: x; and 2 more");
  });
});

describe("toggleRange", () => {
  const ids = ["a", "b", "c", "d"];
  it("toggles one", () => {
    expect([...toggleRange(ids, new Set(["a"]), null, "a")]).toEqual([]);
    expect([...toggleRange(ids, new Set(), null, "b")]).toEqual(["b"]);
  });
  it("takes the range in either direction with the new state of the last one", () => {
    expect([...toggleRange(ids, new Set(["d"]), "d", "b")].sort()).toEqual(["b", "c", "d"]);
    expect([...toggleRange(ids, new Set(ids), "a", "c")]).toEqual(["d"]);
  });
  it("falls back to one row when the other end is no longer shown", () => {
    expect([...toggleRange(ids, new Set(), "gone", "c")]).toEqual(["c"]);
  });
});
