/**
 * T5 in float64 on plain matrices, one example at a time: the yardstick for what a fusion must preserve, to
 * machine precision. Written from the published architecture; shares no code with the product.
 */
import type { T5Configuration } from "../../../server/checkpoint/configuration";
import {
  type Node,
  add,
  apply,
  backward,
  concatColumns,
  crossEntropy,
  gather,
  gatherRows,
  leaf,
  multiply,
  rmsNorm,
  sliceColumns,
  softmaxRows,
  times,
  timesTransposed,
  transpose,
} from "./tape";

export type Weights64 = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly values: Float64Array }
>;

export interface Example {
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
}

/** [targets, vocab] row-major. */
export function logits64(
  configuration: T5Configuration,
  weights: Weights64,
  example: Example,
): Float64Array {
  return new Model64(configuration, leaves(weights)).logits(example).values;
}

export interface Slope {
  /** "linear": a fixed weight for each logit, so that the loss has the same slope wherever the logits are. */
  readonly loss: "cross-entropy" | "linear";
}

/** Gradient of the loss, summed over the targets of all examples, by tensor name. */
export function gradients64(
  configuration: T5Configuration,
  weights: Weights64,
  examples: readonly Example[],
  { loss }: Slope = { loss: "cross-entropy" },
): Map<string, Float64Array> {
  const parameters = leaves(weights);
  const model = new Model64(configuration, parameters);
  for (const example of examples) {
    const logits = model.logits(example);
    backward(loss === "linear" ? linear(logits) : crossEntropy(logits, example.targets));
  }
  return new Map([...parameters].map(([name, { gradient }]) => [name, gradient]));
}

/** sum_i sin(i) logit_i */
function linear(logits: Node): Node {
  const size = { rows: 1, columns: logits.values.length };
  const slopes = logits.values.map((_, i) => Math.sin(i));
  return timesTransposed(
    gather(size, logits, (_, i) => i),
    leaf(1, size.columns, slopes),
  );
}

function leaves(weights: Weights64): Map<string, Node> {
  return new Map(
    [...weights].map(([name, { shape, values }]) => {
      const columns = shape.at(-1)!;
      return [name, leaf(values.length / columns, columns, values)];
    }),
  );
}

interface Attention {
  readonly prefix: string;
  readonly queries: Node;
  readonly memory: Node;
  /** [heads] of [queries, keys], mask included; absent: none. */
  readonly bias?: readonly Node[];
}

class Model64 {
  constructor(
    private readonly configuration: T5Configuration,
    private readonly parameters: ReadonlyMap<string, Node>,
  ) {}

  logits({ inputs, targets }: Example): Node {
    const { d_model, decoder_start_token_id, tie_word_embeddings, scale_decoder_outputs } =
      this.configuration;
    const memory = this.stack("encoder", inputs);
    const state = this.stack("decoder", [decoder_start_token_id, ...targets.slice(0, -1)], memory);
    const scaled = scale_decoder_outputs ? times(state, 1 / Math.sqrt(d_model)) : state;
    const head = this.weight(tie_word_embeddings ? "shared.weight" : "lm_head.weight");
    return timesTransposed(scaled, head);
  }

  private stack(side: "encoder" | "decoder", ids: readonly number[], memory?: Node): Node {
    const { num_layers, num_decoder_layers } = this.configuration;
    const depth = side === "encoder" ? num_layers : num_decoder_layers;
    const bias = this.positionBias(side, ids.length);
    let x = gatherRows(this.weight("shared.weight"), ids);
    for (let block = 0; block < depth; block++) {
      const layer = (index: number) => `${side}.block.${block}.layer.${index}`;
      const h = this.norm(x, `${layer(0)}.layer_norm.weight`);
      const self = { prefix: `${layer(0)}.SelfAttention`, queries: h, memory: h, bias };
      x = add(x, this.attention(self));
      if (memory !== undefined) {
        const queries = this.norm(x, `${layer(1)}.layer_norm.weight`);
        const prefix = `${layer(1)}.EncDecAttention`;
        x = add(x, this.attention({ prefix, queries, memory }));
      }
      x = add(x, this.feedForward(x, layer(memory === undefined ? 1 : 2)));
    }
    return this.norm(x, `${side}.final_layer_norm.weight`);
  }

  private attention({ prefix, queries, memory, bias }: Attention): Node {
    const { num_heads, d_kv } = this.configuration;
    const project = (x: Node, name: string) =>
      timesTransposed(x, this.weight(`${prefix}.${name}.weight`));
    const [q, k, v] = [project(queries, "q"), project(memory, "k"), project(memory, "v")];
    const heads = Array.from({ length: num_heads }, (_, head) => {
      const slice = (x: Node) => sliceColumns(x, head * d_kv, d_kv);
      const scores = timesTransposed(slice(q), slice(k));
      const shifted = bias === undefined ? scores : add(scores, bias[head]!);
      return timesTransposed(softmaxRows(shifted), transpose(slice(v)));
    });
    return project(concatColumns(heads), "o");
  }

  private feedForward(x: Node, layer: string): Node {
    const h = this.norm(x, `${layer}.layer_norm.weight`);
    const project = (from: Node, name: string) =>
      timesTransposed(from, this.weight(`${layer}.DenseReluDense.${name}.weight`));
    const inner = this.configuration.is_gated_act
      ? multiply(this.activate(project(h, "wi_0")), project(h, "wi_1"))
      : this.activate(project(h, "wi"));
    return project(inner, "wo");
  }

  private activate(x: Node): Node {
    if (this.configuration.dense_act_fn === "relu") {
      return apply(
        x,
        (z) => Math.max(z, 0),
        (z) => (z > 0 ? 1 : 0),
      );
    }
    // gelu_new; the other activations are the model's own tests' business.
    const c = Math.sqrt(2 / Math.PI);
    const inner = (z: number) => Math.tanh(c * (z + 0.044715 * z ** 3));
    return apply(
      x,
      (z) => 0.5 * z * (1 + inner(z)),
      (z) => 0.5 * (1 + inner(z)) + 0.5 * z * (1 - inner(z) ** 2) * c * (1 + 3 * 0.044715 * z ** 2),
    );
  }

  /** One RMSNorm for each part. */
  private norm(x: Node, name: string): Node {
    const { fusion_parts, layer_norm_epsilon } = this.configuration;
    const weight = this.weight(name);
    let start = 0;
    const parts = fusion_parts.map((width) => {
      const slice = (a: Node) => sliceColumns(a, start, width);
      const normed = rmsNorm(slice(x), slice(weight), layer_norm_epsilon);
      start += width;
      return normed;
    });
    return concatColumns(parts);
  }

  private positionBias(side: "encoder" | "decoder", length: number): Node[] {
    const { num_heads } = this.configuration;
    const size = { rows: length, columns: length };
    const table = this.weight(
      `${side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`,
    );
    const mask = leaf(
      length,
      length,
      Float64Array.from({ length: length * length }, (_, i) =>
        side === "decoder" && i % length > Math.floor(i / length) ? -1e9 : 0,
      ),
    );
    return Array.from({ length: num_heads }, (_, head) =>
      add(
        gather(size, table, (q, k) => this.bucket(k - q, side) * num_heads + head),
        mask,
      ),
    );
  }

  /** Half of the buckets hold one distance each, the rest grow logarithmically up to the maximum distance. */
  private bucket(distance: number, side: "encoder" | "decoder"): number {
    const { relative_attention_num_buckets: all, relative_attention_max_distance: far } =
      this.configuration;
    const count = side === "encoder" ? all / 2 : all;
    const start = side === "encoder" && distance > 0 ? count : 0;
    const away = side === "encoder" ? Math.abs(distance) : Math.max(-distance, 0);
    const exact = count / 2;
    if (away < exact) return start + away;
    const log = (Math.log(away / exact) / Math.log(far / exact)) * (count - exact);
    return start + Math.min(exact + Math.floor(log), count - 1);
  }

  private weight(name: string): Node {
    const parameter = this.parameters.get(name);
    if (parameter === undefined) throw new RangeError(`Cannot find ${name}`);
    return parameter;
  }
}
