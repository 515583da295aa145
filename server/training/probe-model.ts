/** Runs a model on an engine for a fusion's receipt and calibration. */
import type { T5Configuration } from "../checkpoint/configuration";
import type { TensorSource } from "../checkpoint/tensor-source";
import type {
  CompiledFunction,
  Engine,
  HostTensors,
  PureFunction,
  TensorStore,
} from "../engine/engine";
import type { OpenProbe, ProbeBatch, ProbeModel } from "../fusion/probe";
import { type BatchShape, shiftRight } from "../model/batch";
import { logitsFunction, weightSpecs } from "../model/functions";
import { normStatisticsFunction } from "../model/norm-statistics";

export function engineProbe(engine: Engine): ProbeModel {
  return {
    async open(configuration, weights, signal) {
      const store = await loadWeights(engine, { configuration, weights }, signal);
      return new EngineProbe(engine, configuration, store);
    },
  };
}

interface Model {
  readonly configuration: T5Configuration;
  readonly weights: TensorSource;
}

async function loadWeights(
  engine: Engine,
  { configuration, weights }: Model,
  signal: AbortSignal | undefined,
): Promise<TensorStore> {
  const store = engine.allocate(weightSpecs(configuration));
  try {
    for (const name of Object.keys(store.specs)) {
      signal?.throwIfAborted();
      await store.write(name, await weights.read(name));
    }
    return store;
  } catch (error) {
    store.dispose();
    throw error;
  }
}

const functions = {
  logits: logitsFunction,
  normStatistics: normStatisticsFunction,
} as const satisfies Record<
  string,
  (configuration: T5Configuration, shape: BatchShape) => PureFunction
>;

/** Compiles a function for each kind of output and each shape of batch once. */
class EngineProbe implements OpenProbe {
  private readonly compiled = new Map<string, CompiledFunction>();

  constructor(
    private readonly engine: Engine,
    private readonly configuration: T5Configuration,
    private readonly store: TensorStore,
  ) {}

  async logits(batch: ProbeBatch): Promise<Float32Array> {
    const { logits } = await this.run("logits", batch);
    return floats(logits, "logits");
  }

  async normStatistics(batch: ProbeBatch): Promise<ReadonlyMap<string, Float32Array>> {
    const outputs = await this.run("normStatistics", batch);
    return new Map(
      Object.entries(outputs).map(([name, values]) => [
        name.slice("mean_square/".length),
        floats(values, name),
      ]),
    );
  }

  close(): void {
    for (const compiled of this.compiled.values()) compiled.dispose();
    this.compiled.clear();
    this.store.dispose();
  }

  private async run(output: keyof typeof functions, batch: ProbeBatch): Promise<HostTensors> {
    const { examples, inputs, targets, inputIds, labels, attentionMask } = batch;
    const shape = { examples, inputs, targets, masked: attentionMask !== undefined };
    const key = `${output} ${Object.values(shape).join()}`;
    let compiled = this.compiled.get(key);
    if (compiled === undefined) {
      compiled = await this.engine.compileFunction(functions[output](this.configuration, shape));
      this.compiled.set(key, compiled);
    }
    return compiled.run(this.store, {
      input_ids: inputIds,
      decoder_input_ids: shiftRight(labels, shape, this.configuration),
      ...(attentionMask && { attention_mask: attentionMask }),
    });
  }
}

function floats(values: HostTensors[string] | undefined, name: string): Float32Array {
  if (values instanceof Float32Array) return values;
  throw new TypeError(`Cannot probe the model: the engine gave no float32 tensor ${name}`);
}
