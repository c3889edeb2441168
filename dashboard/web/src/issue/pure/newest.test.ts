import { expect, test } from "vitest";
import { event, exception, frame } from "../testing/events";
import { gained, hasUnresolved, withNewest } from "./newest";

const sent = { code: "x", text: "", function: "", module: "", filename: "", abs_path: "", lineno: null, colno: null };
const minified = frame({ function: "n", symbolication: { ...sent, resolved: false } });
const own = frame({ function: "applyDiscount", symbolication: { ...sent, resolved: true } });
const plain = frame({ function: "main" });
const seen = event({ exceptions: [exception({ frames: [plain, minified] })] });
const explained = {
  event_id: seen.event_id,
  release: "",
  dist: "",
  debug_images: [],
  uploaded_since: true,
  frames: [
    { exception: 0, frame: 0, recorded: plain, newest: plain },
    { exception: 0, frame: 1, recorded: minified, newest: own },
  ],
};

test("frames that were not resolved are noticed", () => {
  expect(hasUnresolved(seen)).toBe(true);
  expect(hasUnresolved(event({ exceptions: [exception({ frames: [plain, own] })] }))).toBe(false);
});

test("the newest uploads' frames take their places", () => {
  expect(gained(explained)).toBe(1);
  expect(withNewest(seen, explained).exceptions[0]?.frames.map((one) => one.function)).toEqual([
    "main",
    "applyDiscount",
  ]);
});

test("where they make another number of frames, those of then stay", () => {
  const other = { ...explained, frames: explained.frames.map((one) => ({ ...one, newest: null })) };
  expect(gained(other)).toBe(0);
  expect(withNewest(seen, other)).toEqual(seen);
});
