import { fc } from "../support/properties";
import { describe, expect, test } from "vitest";
import { bucketBatches, bucketLength } from "../../server/model/length-buckets";
import { presets } from "../../server/model/presets";

const configuration = presets["t5-nano"]!;
const ids = fc.array(fc.integer({ min: 1, max: 383 }), { minLength: 1, maxLength: 60 });
const example = fc.record({ inputIds: ids, labels: ids });

describe("bucketLength()", () => {
  test("is 8, 12, 16, 24, 32, 48 and so on", () => {
    const lengths = [1, 8, 9, 12, 13, 17, 25, 33, 49, 65, 128, 129, 512, 513];
    const buckets = [8, 8, 12, 12, 16, 24, 32, 48, 64, 96, 128, 192, 512, 768];
    expect(lengths.map(bucketLength)).toEqual(buckets);
  });
});

describe("bucketBatches()", () => {
  test("hold every example once, padded, masked and without further targets", () => {
    fc.assert(
      fc.property(fc.array(example, { minLength: 1, maxLength: 30 }), (examples) => {
        const seen = new Set<number>();
        for (const { shape, rows, inputs } of bucketBatches(examples, configuration)) {
          rows.forEach(({ example, targets }, row) => {
            seen.add(example);
            const { inputIds, labels } = examples[example]!;
            const part = (name: string, length: number) => [
              ...inputs[name]!.slice(row * length, (row + 1) * length),
            ];
            const padding = shape.inputs - inputIds.length;
            expect(targets).toBe(labels.length);
            expect(part("input_ids", shape.inputs)).toEqual([...inputIds, ...zeros(padding)]);
            expect(part("attention_mask", shape.inputs)).toEqual([
              ...inputIds.map(() => 1),
              ...zeros(padding),
            ]);
            expect(part("labels", shape.targets)).toEqual([
              ...labels,
              ...zeros(shape.targets - labels.length).map(() => -100),
            ]);
          });
          expect(inputs.labels!.slice(rows.length * shape.targets).every((l) => l < 0)).toBe(true);
        }
        expect(seen.size).toBe(examples.length);
      }),
      { numRuns: 50 },
    );
  });

  test("of a hundred examples of like length have one shape", () => {
    const examples = Array.from({ length: 100 }, (_, i) => ({
      inputIds: Array.from({ length: 100 + (i % 20) }, () => 5),
      labels: Array.from({ length: 26 + (i % 5) }, () => 5),
    }));
    const shapes = [...bucketBatches(examples, configuration)].map(({ shape }) => shape);
    expect(shapes).toHaveLength(13);
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
  });

  test("are smaller where the vocabulary is large, so that their logits fit into memory", () => {
    const examples = Array.from({ length: 20 }, () => ({
      inputIds: [5],
      labels: Array.from({ length: 114 }, () => 5),
    }));
    const wide = { ...configuration, vocab_size: 32128 };
    for (const { shape } of bucketBatches(examples, wide)) expect(shape.examples).toBe(4);
  });
});

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
