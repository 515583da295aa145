/**
 * T5 over a few batches, tensor by tensor: memory holds pieces of one kernel, and the activations. All batches go
 * through a kernel together, since a kernel does not care which example a token belongs to.
 */
import type { T5Configuration } from "../../checkpoint/configuration";
import type { Rows, RowSource } from "../../checkpoint/row-source";
import type { HostTensors } from "../../engine/engine";
import { shiftRight } from "../batch";
import { isTarget, type PaddedBatch } from "../examples";
import { relativeBiasName } from "../t5";
import { activation, attention, type AttentionPlace, finalNorm, norm } from "./functions";
import { Kernels } from "./kernels";
import type { Pass } from "./pass";
import type { Pieces } from "./pieces";

/** For each pass [tokens of all batches, any]. */
type States = readonly Float32Array[];

/** Shown what enters each norm in the first pass [tokens of all batches, d_model], by the name of the norm's weight. */
export type ObserveNorm = (name: string, x: Float32Array) => void;

export interface RunOptions {
  readonly pieces: Pieces;
  readonly weights: RowSource;
  readonly batches: readonly PaddedBatch[];
  readonly passes: readonly Pass[];
  readonly observeNorm?: ObserveNorm | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Stack = "encoder" | "decoder";

export class TensorwiseRun {
  private readonly kernels: Kernels;
  private readonly identity: string;

  constructor(
    private readonly configuration: T5Configuration,
    private readonly options: RunOptions,
  ) {
    this.kernels = new Kernels(options.pieces, options.weights, options.signal);
    this.identity = JSON.stringify(configuration);
  }

  /** What the head reads, for the tokens that are targets: for each pass [targets, d_model]. */
  async states(): Promise<States> {
    const { batches } = this.options;
    const encoded = await this.encode(joined(batches.map(({ inputIds }) => inputIds)));
    const ids = batches.map((batch) =>
      shiftRight(batch.labels, { ...batch, masked: false }, this.configuration),
    );
    const decoded = await this.decode(joined(ids), encoded);
    const labels = joined(batches.map((batch) => batch.labels));
    const kept = decoded.map((x) => onlyTargets(x, labels));
    return this.normed("decoder.final_layer_norm", kept, finalNorm, decoded);
  }

  /** For each pass [targets, rows]: the logits of some tokens of the vocabulary. */
  logits(states: States, rows: Rows): Promise<Float32Array[]> {
    const name = this.configuration.tie_word_embeddings ? "shared.weight" : "lm_head.weight";
    return this.kernels.times(name, { xs: states, passes: this.options.passes, rows });
  }

  private async encode(ids: Int32Array): Promise<States> {
    let x = await this.embed(ids);
    const table = await this.kernels.small(relativeBiasName("encoder"));
    for (let index = 0; index < this.configuration.num_layers; index++) {
      const layer = (number: number) => `encoder.block.${index}.layer.${number}`;
      x = await this.attended(layer(0), x, { kind: "encoder", table });
      x = await this.fed(layer(1), x);
    }
    return this.normed("encoder.final_layer_norm", x);
  }

  private async decode(ids: Int32Array, encoded: States): Promise<States> {
    let x = await this.embed(ids);
    const table = await this.kernels.small(relativeBiasName("decoder"));
    for (let index = 0; index < this.configuration.num_decoder_layers; index++) {
      const layer = (number: number) => `decoder.block.${index}.layer.${number}`;
      x = await this.attended(layer(0), x, { kind: "decoder", table });
      x = await this.attended(layer(1), x, { kind: "cross", encoded });
      x = await this.fed(layer(2), x);
    }
    return x;
  }

  private async embed(ids: Int32Array): Promise<States> {
    const x = await this.kernels.gather("shared.weight", ids);
    return this.options.passes.map(() => x);
  }

  private async attended(layer: string, x: States, seen: Seen): Promise<States> {
    const prefix = `${layer}.${seen.kind === "cross" ? "EncDec" : "Self"}Attention`;
    const y = await this.normed(`${layer}.layer_norm`, x);
    const keys = seen.kind === "cross" ? seen.encoded : y;
    const times = (xs: States, name: string) => this.times(`${prefix}.${name}.weight`, xs);
    const [q, k, v] = [await times(y, "q"), await times(keys, "k"), await times(keys, "v")];
    const mixed: Float32Array[] = [];
    for (const [i, query] of q.entries()) {
      mixed.push(await this.attend({ q: query, k: k[i]!, v: v[i]! }, seen));
    }
    return sums(x, await times(mixed, "o"));
  }

  /** Each example sees its own tokens only, so here the batches part. */
  private async attend(
    all: Readonly<Record<"q" | "k" | "v", Float32Array>>,
    seen: Seen,
  ): Promise<Float32Array> {
    const inner = this.configuration.num_heads * this.configuration.d_kv;
    const mixed = new Float32Array(all.q.length);
    let [query, key] = [0, 0];
    for (const batch of this.options.batches) {
      const place = placeOf(seen.kind, batch);
      const queries = place.examples * place.queries * inner;
      const keys = place.examples * place.keys * inner;
      const inputs: HostTensors = {
        q: all.q.slice(query, query + queries),
        k: all.k.slice(key, key + keys),
        v: all.v.slice(key, key + keys),
        ...(seen.kind !== "cross" && { table: seen.table }),
        ...(place.masked && { mask: batch.attentionMask! }),
      };
      const name = `attention ${Object.values(place).join(" ")}`;
      mixed.set(await this.piece(name, () => attention(this.configuration, place), inputs), query);
      query += queries;
      key += keys;
    }
    return mixed;
  }

  private async fed(layer: string, x: States): Promise<States> {
    const y = await this.normed(`${layer}.layer_norm`, x);
    const names = this.configuration.is_gated_act ? ["wi_0", "wi_1"] : ["wi"];
    const weight = (name: string) => `${layer}.DenseReluDense.${name}.weight`;
    const inner: (readonly [string, States])[] = [];
    for (const name of names) inner.push([name, await this.times(weight(name), y)]);
    const tokens = x[0]!.length / this.configuration.d_model;
    const hidden: Float32Array[] = [];
    for (const pass of x.keys()) {
      const inputs = Object.fromEntries(inner.map(([name, states]) => [name, states[pass]!]));
      hidden.push(
        await this.piece("activation", () => activation(this.configuration, tokens), inputs),
      );
    }
    return sums(x, await this.times(weight("wo"), hidden));
  }

  private times(name: string, xs: States): Promise<States> {
    return this.kernels.times(name, { xs, passes: this.options.passes });
  }

  private async normed(
    name: string,
    x: States,
    make: typeof norm = norm,
    observed: States = x,
  ): Promise<States> {
    this.options.observeNorm?.(`${name}.weight`, observed[0]!);
    const scale = await this.kernels.small(`${name}.weight`);
    const tokens = x[0]!.length / this.configuration.d_model;
    const ys: Float32Array[] = [];
    for (const one of x) {
      const inputs = { x: one, scale };
      ys.push(await this.piece(make.name, () => make(this.configuration, tokens), inputs));
    }
    return ys;
  }

  private piece(
    name: string,
    make: Parameters<Pieces["run"]>[1],
    inputs: HostTensors,
  ): Promise<Float32Array> {
    return this.options.pieces.run(`${name} ${this.identity}`, make, inputs);
  }
}

/** What an attention reads beside its queries. */
type Seen =
  | { readonly kind: Stack; readonly table: Float32Array }
  | { readonly kind: "cross"; readonly encoded: States };

function placeOf(kind: AttentionPlace["kind"], batch: PaddedBatch): AttentionPlace {
  const { examples, inputs, targets } = batch;
  const masked = kind !== "decoder" && batch.attentionMask !== undefined;
  return {
    ...{ kind, examples, masked },
    queries: kind === "encoder" ? inputs : targets,
    keys: kind === "decoder" ? targets : inputs,
  };
}

function sums(a: States, b: States): States {
  return a.map((x, pass) => sum(x, b[pass]!));
}

/** A loop, since a callback for each number takes ten times as long. */
function sum(a: Float32Array, b: Float32Array): Float32Array {
  const total = new Float32Array(a.length);
  for (let i = 0; i < total.length; i++) total[i] = a[i]! + b[i]!;
  return total;
}

function onlyTargets(x: Float32Array, labels: Int32Array): Float32Array {
  const width = x.length / labels.length;
  const rows = [...labels.keys()].filter((i) => isTarget(labels[i]!));
  const kept = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    kept.set(x.subarray(row * width, (row + 1) * width), i * width);
  });
  return kept;
}

function joined(arrays: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const array of arrays) {
    all.set(array, position);
    position += array.length;
  }
  return all;
}
