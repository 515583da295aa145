import { expect, test } from "vitest";
import { parsePlaces, placesText } from "../../server/protocol/place";

test.each(["cpu", "webgpu,cpu", "cuda:0,cuda:1,cpu"])("%s is read and written alike", (text) => {
  expect(placesText(parsePlaces(text))).toBe(text);
});

test("a card is a number of a device", () => {
  expect(parsePlaces("cuda:1, cpu")).toEqual([{ device: "cuda", card: 1 }, { device: "cpu" }]);
});

test.each([
  ["gpu", 'there is no device "gpu"; there are cpu, webgpu, cuda, dml, coreml'],
  ["cpu,", 'there is no device ""'],
  ["cuda:x", 'there is no device "cuda:x"'],
  ["webgpu:1", "webgpu has no numbers, only cards of cuda have: cuda:0, cuda:1"],
  ["cpu,cpu", "cpu is named twice; for several stages at once on one device give --parallel"],
  ["cuda,cuda:0", "cuda:0 is named twice"],
])("%s is refused", (text, reason) => {
  expect(() => parsePlaces(text)).toThrow(reason);
});
