import { describe, expect, test } from "vitest";
import { padExamples, parseExamples, randomExamples } from "../../server/model/examples";
import { presets } from "../../server/model/presets";

const configuration = presets["t5-nano"]!;

describe("parseExamples()", () => {
  const parse = (text: string) => parseExamples(text, "probe.jsonl", configuration);

  test("reads a line an example, and takes pad ids at the end for padding", () => {
    const text =
      '{"input_ids": [5, 0, 6, 0, 0], "labels": [7, -100, 1, 0]}\n\n{"input_ids": [3], "labels": [0]}\n';
    expect(parse(text)).toEqual([
      { inputIds: [5, 0, 6], labels: [7, -100, 1] },
      { inputIds: [3], labels: [0] },
    ]);
  });

  test("names the line that it cannot read", () => {
    const good = '{"input_ids": [5], "labels": [7]}\n';
    const check = (line: string, message: string) => {
      expect(() => parse(good + line)).toThrow(message);
    };
    check("{", "Cannot read probe.jsonl, line 2: not JSON");
    check("[]", 'line 2: "input_ids" must be a list');
    check('{"input_ids": [5]}', 'line 2: "labels" must be a list');
    check('{"input_ids": [], "labels": [7]}', '"input_ids" must be a list');
    check('{"input_ids": [5], "labels": [99999]}', 'line 2: "labels" has 99999; ids are whole');
    check('{"input_ids": [-100], "labels": [7]}', '"input_ids" has -100');
    check('{"input_ids": ["a"], "labels": [7]}', '"input_ids" has "a"');
    expect(() => parse("\n")).toThrow("Cannot read examples from probe.jsonl: it has no line");
  });
});

test("padExamples() pads each batch to its longest and masks where it did", () => {
  const examples = [
    { inputIds: [3, 4], labels: [5] },
    { inputIds: [6], labels: [7, 8] },
    { inputIds: [9], labels: [10] },
  ];
  expect(padExamples(examples, 2, configuration)).toEqual([
    {
      examples: 2,
      inputs: 2,
      targets: 2,
      inputIds: Int32Array.of(3, 4, 6, 0),
      labels: Int32Array.of(5, -100, 7, 8),
      attentionMask: Float32Array.of(1, 1, 1, 0),
    },
    {
      examples: 1,
      inputs: 1,
      targets: 1,
      inputIds: Int32Array.of(9),
      labels: Int32Array.of(10),
    },
  ]);
});

test("randomExamples() draws the same tokens for a seed, and no special ones", () => {
  const sizes = { seed: 7, examples: 3, inputs: 50, targets: 20 };
  const examples = randomExamples(configuration, sizes);
  expect(randomExamples(configuration, sizes)).toEqual(examples);
  expect(randomExamples(configuration, { ...sizes, seed: 8 })).not.toEqual(examples);
  const ids = examples.flatMap(({ inputIds, labels }) => [...inputIds, ...labels]);
  expect(ids.length).toBe(3 * 70);
  expect(ids.every((id) => id > 1 && id < configuration.vocab_size)).toBe(true);
});
