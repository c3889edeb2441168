import { expect, test } from "vitest";
import { exception } from "../testing/events";
import { placeOf, standing, userEntries } from "./surroundings";

test("a user's place is one line", () => {
  const geo = { city: "Lausanne", subdivision: "Vaud", region: "Switzerland", country_code: "CH" };
  expect(userEntries({ id: "7", email: "", username: "", ip_address: "", data: { geo, plan: "pro" } })).toEqual([
    ["id", "7"],
    ["place", "Lausanne, Vaud, Switzerland (CH)"],
    ["plan", "pro"],
  ]);
});

test.each([
  [{ country_code: "JP" }, "JP"],
  [{ region: "Japan" }, "Japan"],
  [{ city: 7 }, ""],
  ["nowhere", ""],
  [null, ""],
])("%j is the place %j", (geo, place) => {
  expect(placeOf(geo)).toBe(place);
});

test("what is no place is shown as it is", () => {
  expect(userEntries({ id: "", email: "", username: "", ip_address: "", data: { geo: [1] } })).toEqual([["geo", [1]]]);
});

test("an exception in a group says so, others stand in their chain", () => {
  const chain = [
    exception({ parent_id: 0, exception_id: 1 }),
    exception({ type: "ExceptionGroup", exception_id: 0, is_group: true }),
  ];
  expect([0, 1].map((index) => standing(chain, index))).toEqual(["Part of ExceptionGroup", "Several at once"]);
  expect([0, 1].map((index) => standing([exception(), exception()], index))).toEqual(["Root cause", "Which led to"]);
  expect(standing([exception()], 0)).toBeNull();
});
