import { describe, expect, test } from "vitest";
import { sizeOf } from "../../server/checkpoint/tensor-source";
import { planFusion } from "../../server/fusion/plan";
import { fillNormal } from "../../server/random/draw";
import { streamKey } from "../../server/random/threefry";
import { childWeights, pooledStd } from "./support/child";
import { configured, parentOf, randomWeights, small } from "./support/parents";

const narrow = configured({ d_model: 4, d_kv: 2, d_ff: 5, num_heads: 1, num_decoder_layers: 2 });
const configurations = [small, narrow];
const parents = configurations.map((configuration, i) => randomWeights(configuration, i));
const plan = planFusion(
  configurations.map((configuration, i) => parentOf(configuration, `parent ${i}`)),
  { method: "property", copies: 1 },
);
const child = (fill: number, seed = 3) => childWeights(plan, { parents, fill, seed });
const q = "encoder.block.0.layer.0.SelfAttention.q.weight";
const k = "encoder.block.0.layer.0.SelfAttention.k.weight";

/** Whether position (row, column) of the fused q or k lies in a diagonal block. */
function onDiagonal(index: number): boolean {
  const row = Math.floor(index / 10);
  return row < 6 === index % 10 < 6;
}

describe("the child's weights", () => {
  test("has exactly the tensors of its configuration", async () => {
    const source = child(0.01);
    for (const [name, shape] of source.shapes) {
      expect((await source.read(name)).length, name).toBe(sizeOf(shape));
    }
  });

  test("places heads block by block and pads the narrower ones", async () => {
    const [one, two] = [await parents[0]!.read(k), await parents[1]!.read(k)];
    const fused = await child(0).read(k); // [2 x 3 + 1 x 3, 6 + 4]
    expect(fused.slice(10, 20)).toEqual(Float32Array.of(...one.slice(6, 12), 0, 0, 0, 0));
    expect(fused.slice(70, 80)).toEqual(Float32Array.of(0, 0, 0, 0, 0, 0, ...two.slice(4, 8)));
    expect(fused.slice(80, 86)).toEqual(new Float32Array(6));
    expect(fused.slice(86, 90).every((value) => value !== 0)).toBe(true);
    expect((await child(0).read(q)).slice(80, 90)).toEqual(new Float32Array(10));
  });

  test("makes a missing layer the identity that can learn", async () => {
    const layer = "decoder.block.1.layer.0";
    const source = child(0);
    const kernel = async (name: string) => source.read(`${layer}.SelfAttention.${name}.weight`);
    expect(await source.read(`${layer}.layer_norm.weight`)).toSatisfy((values: Float32Array) =>
      values.slice(0, 6).every((value) => value === 1),
    );
    const [queries, outputs] = [await kernel("q"), await kernel("o")];
    for (let row = 0; row < 6; row++) {
      expect(outputs.slice(row * 9, row * 9 + 9)).toEqual(new Float32Array(9));
      expect(queries.slice(row * 10, row * 10 + 6).every((value) => value !== 0)).toBe(true);
    }
  });

  test("fills nothing but the off-diagonal blocks, relative to the kernel's own deviation", async () => {
    for (const name of [q, k]) {
      const [plain, filled] = [await child(0).read(name), await child(0.01).read(name)];
      const std = 0.01 * pooledStd(await Promise.all(parents.map((parent) => parent.read(name))));
      const draws = new Float32Array(plain.length);
      fillNormal(draws, streamKey(3, `${name}/fill`), std);
      expect(filled).toEqual(plain.map((value, i) => (onDiagonal(i) ? value : draws[i]!)));
    }
  });

  test("fills no embedding, norm, bias or head", async () => {
    for (const [name, { blockDiagonal }] of plan.tensors) {
      const differs = (await child(0.5).read(name)).join() !== (await child(0).read(name)).join();
      expect(differs, name).toBe(blockDiagonal);
    }
  });

  test("gives the same values at every read, and others under another seed", async () => {
    expect(await child(0.01).read(k)).toEqual(await child(0.01).read(k));
    expect(await child(0.01).read(k)).not.toEqual(await child(0.01, 4).read(k));
  });
});
