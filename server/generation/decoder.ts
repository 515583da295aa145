/** Runs a model token by token: sequences that grow side by side from one input, each with its cache. */
import type { T5Configuration } from "../checkpoint/configuration";
import { relativeBiasName } from "../model/t5";
import type { CompiledFunction, Engine, HostTensors, TensorStore } from "../engine/engine";
import {
  type DecodingShape,
  encoderFunction,
  layerTensor,
  stepBias,
  stepFunction,
} from "../model/decoding";
import { bucketLength } from "../model/length-buckets";

export interface DecoderOptions {
  readonly engine: Engine;
  readonly configuration: T5Configuration;
  readonly weights: TensorStore;
  /** Token ids of the input, end of sequence included. */
  readonly inputIds: readonly number[];
  /** Sequences side by side. */
  readonly rows: number;
  /** The most steps that will be made. */
  readonly steps: number;
}

export interface Decoder {
  /** Gives each row its next token; answers the logits of what follows, [rows, vocab_size]. */
  step(tokens: readonly number[]): Promise<Float32Array>;
  /** Row i goes on as row `from[i]` was. */
  reorder(from: readonly number[]): void;
  dispose(): void;
}

/** Runs the encoder; the caller disposes. */
export async function openDecoder(options: DecoderOptions): Promise<Decoder> {
  const { engine, configuration, weights, inputIds, rows, steps } = options;
  const inputs = bucketLength(inputIds.length);
  const shape = { rows, inputs, capacity: steps };
  const attention_mask = new Float32Array(inputs).fill(1, 0, inputIds.length);
  const encoder = await engine.compileFunction(encoderFunction(configuration, shape));
  try {
    const input_ids = new Int32Array(inputs).fill(configuration.pad_token_id);
    input_ids.set(inputIds);
    const cross = await encoder.run(weights, { input_ids, attention_mask });
    const table = await weights.read(relativeBiasName("decoder"));
    const compiled = await engine.compileFunction(stepFunction(configuration, shape));
    const fixed = { attention_mask, ...cross };
    return new CachedDecoder({ configuration, weights, shape, table, fixed, compiled });
  } finally {
    encoder.dispose();
  }
}

interface Parts {
  readonly configuration: T5Configuration;
  readonly weights: TensorStore;
  readonly shape: DecodingShape;
  /** The decoder's learnt bias by relative position, [buckets, heads]. */
  readonly table: Float32Array;
  /** What every step is given again. */
  readonly fixed: HostTensors;
  readonly compiled: CompiledFunction;
}

class CachedDecoder implements Decoder {
  /** Keys and values of the self-attention, [rows, heads, capacity, d_kv] each, by the step's names. */
  private cache: Record<string, Float32Array>;
  private filled = 0;

  constructor(private readonly parts: Parts) {
    const { num_decoder_layers } = parts.configuration;
    const layers = Array.from({ length: num_decoder_layers }, (_, layer) => layer);
    const names = layers.flatMap((layer) => [
      layerTensor(layer, "key"),
      layerTensor(layer, "value"),
    ]);
    this.cache = Object.fromEntries(
      names.map((name) => [name, new Float32Array(parts.shape.rows * this.rowSize)]),
    );
  }

  async step(tokens: readonly number[]): Promise<Float32Array> {
    const { compiled, weights, fixed, configuration, shape, table } = this.parts;
    const { filled } = this;
    if (filled === shape.capacity) {
      throw new RangeError(`Cannot decode token ${filled + 1}: there is room for ${filled}`);
    }
    const position_bias = stepBias(configuration, table, { capacity: shape.capacity, filled });
    const decoder_input_ids = Int32Array.from(tokens);
    const inputs = { decoder_input_ids, position_bias, ...fixed, ...this.cache };
    const { logits, ...made } = await compiled.run(weights, inputs);
    for (const [name, values] of Object.entries(made)) this.remember(name, values);
    this.filled += 1;
    return logits as Float32Array;
  }

  reorder(from: readonly number[]): void {
    if (from.every((row, place) => row === place)) return;
    const size = this.rowSize;
    for (const [name, values] of Object.entries(this.cache)) {
      const moved = new Float32Array(values.length);
      from.forEach((row, place) => {
        moved.set(values.subarray(row * size, (row + 1) * size), place * size);
      });
      this.cache[name] = moved;
    }
  }

  dispose(): void {
    this.parts.compiled.dispose();
    this.cache = {};
  }

  private get rowSize(): number {
    const { configuration, shape } = this.parts;
    return configuration.num_heads * shape.capacity * configuration.d_kv;
  }

  /** Puts the new token's [rows, heads, 1, d_kv] behind what the cache has. */
  private remember(name: string, values: HostTensors[string]): void {
    const { configuration, shape } = this.parts;
    const { d_kv } = configuration;
    const cache = this.cache[name]!;
    for (let head = 0; head < shape.rows * configuration.num_heads; head++) {
      const place = (head * shape.capacity + this.filled) * d_kv;
      cache.set(values.subarray(head * d_kv, (head + 1) * d_kv), place);
    }
  }
}
