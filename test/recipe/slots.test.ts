import { expect, test } from "vitest";
import { parsePlaces, placesText } from "../../server/protocol/place";
import { mayTake, slotsOf } from "../../server/recipe/slots";

function slots(places: string, parallel: number): string {
  return placesText(slotsOf({ places: parsePlaces(places), parallel }));
}

test("slotsOf() has each device once, for a stage may have begun on any", () => {
  expect(slots("webgpu,cpu", 2)).toBe("webgpu,cpu");
  expect(slots("webgpu,cpu", 1)).toBe("webgpu,cpu");
});

test("slotsOf() has further stages share the CPU, or go round where it is not one of them", () => {
  expect(slots("webgpu,cpu", 4)).toBe("webgpu,cpu,cpu,cpu");
  expect(slots("cuda:0,cuda:1", 3)).toBe("cuda:0,cuda:1,cuda:0");
  expect(slots("webgpu", 2)).toBe("webgpu,webgpu");
});

test("mayTake() keeps a stage where it began, unless that is gone", () => {
  const there = parsePlaces("cuda:0,cuda:1");
  const taken = (began: string | undefined) => there.map((slot) => mayTake(there, began, slot));
  expect(taken(undefined)).toEqual([true, true]);
  expect(taken("cuda:1")).toEqual([false, true]);
  expect(taken("webgpu")).toEqual([true, true]);
});
