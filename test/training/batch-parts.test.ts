import { expect, test } from "vitest";
import { partsOf } from "../../server/training/batch-parts";

const tokens = (examples: number, inputs: number, targets: number) =>
  partsOf({ examples, inputs, targets, masked: false });

test("a batch is cut into equal parts of at least 1024 tokens, eight at most", () => {
  expect(tokens(16, 128, 32)).toBe(2);
  expect(tokens(24, 128, 32)).toBe(3);
  expect(tokens(128, 512, 114)).toBe(8);
});

test("a batch that is small, or divides into no such parts, stays whole", () => {
  expect(tokens(4, 128, 32)).toBe(1);
  expect(tokens(13, 128, 128)).toBe(1);
  expect(tokens(1, 4096, 512)).toBe(1);
});
