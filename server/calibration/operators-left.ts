/** Which operators of a training step a device leaves to the CPU, which is then waited for. */
import type { Candidate } from "../engine/candidates";
import { loadGraphEngine } from "../engine/load";
import { lossFunction } from "../model/functions";
import { presets } from "../model/presets";

/** Nothing of the CPU, which has all of them, nor of TensorFlow, which does not say. */
export async function operatorsLeft({
  engine,
  device,
}: Candidate): Promise<{ readonly cpuOperators?: readonly string[] }> {
  if (engine !== "graph" || device === "cpu") return {};
  const { operatorsOnCpu } = await loadGraphEngine();
  return { cpuOperators: await operatorsOnCpu(device, sample) };
}

/** Small, with every kind of layer that a model can have. */
const sample = lossFunction(
  {
    ...presets["t5-nano"]!,
    ...{ vocab_size: 32, d_model: 8, d_kv: 4, d_ff: 16, num_heads: 2, fusion_parts: [4, 4] },
    ...{ num_layers: 1, num_decoder_layers: 1, is_gated_act: true, dense_act_fn: "gelu_new" },
  },
  { examples: 1, inputs: 4, targets: 4, masked: false },
);
