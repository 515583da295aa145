import { expect, test } from "vitest";
import { shiftRight } from "../../server/model/batch";
import { presets } from "../../server/model/presets";

const configuration = { ...presets["t5-nano"]!, pad_token_id: 7, decoder_start_token_id: 9 };
const shape = { examples: 2, inputs: 1, targets: 3, masked: false };

test("shiftRight() starts every example anew and turns ignored labels into padding", () => {
  const labels = Int32Array.of(11, 12, 13, 21, -100, -100);
  expect([...shiftRight(labels, shape, configuration)]).toEqual([9, 11, 12, 9, 21, 7]);
});

test("shiftRight() refuses another number of labels", () => {
  expect(() => shiftRight(new Int32Array(5), shape, configuration)).toThrow(
    new TypeError("Cannot shift labels: 2 examples of 3 targets need 6 labels, got 5"),
  );
});
