/** Gradients that stay on the device; the batches of a run are added up there, one after the other. */
import type { CompiledGradients, GradientResult, HostTensors, LossFunction } from "../../engine";
import { checkInputs, sumOfBatches } from "../../host";
import { inputFeeds, ortTensor } from "../feeds";
import { type GradientGraph, traceGradients } from "../gradient-graphs";
import { named } from "../gradients";
import type { Resident } from "./resident";
import { type ResidentStore, residentStore } from "./store";

type Mode = GradientGraph["mode"];

export async function compileResidentGradients(
  definition: LossFunction,
  { device, open }: Resident,
  options: Pick<GradientGraph, "precision" | "recompute">,
): Promise<CompiledGradients> {
  const names = Object.keys(definition.weights);
  const outputs = names.map((name) => `gradient:${name}`);
  const openGraph = async (mode: Mode) => {
    const graph = { mode, squares: true, device, ...options };
    const { model, metrics } = traceGradients(definition, graph);
    return { session: await open(model, outputs), metrics };
  };
  const replacing = await openGraph("replace");
  // Only steps of several micro-batches need it.
  let accumulating: ReturnType<typeof openGraph> | undefined;

  const runBatch = async (
    stores: { readonly weights: ResidentStore; readonly gradients: ResidentStore },
    inputs: HostTensors,
    mode: Mode,
  ): Promise<GradientResult> => {
    const { session, metrics } =
      mode === "replace" ? replacing : await (accumulating ??= openGraph(mode));
    const { weights, gradients } = stores;
    if (mode === "replace") gradients.forget(names);
    const feeds = {
      ...(await weights.feeds("weight", names)),
      ...inputFeeds(definition.inputs, inputs),
      ...(mode === "accumulate" && (await gradients.feeds("old", names))),
    };
    const numbers = new Float32Array(1 + metrics.length + names.length);
    const made = await session.run(feeds, {
      ...Object.fromEntries(outputs.map((output) => [output, null])),
      numbers: ortTensor(numbers, [numbers.length]),
    });
    for (const name of names) gradients.take(name, made[`gradient:${name}`]!);
    return {
      loss: numbers[0]!,
      metrics: named(metrics, numbers.subarray(1)),
      squares: named(names, numbers.subarray(1 + metrics.length)),
    };
  };
  return {
    run: async (weights, gradients, batches, mode) => {
      for (const inputs of batches) checkInputs(definition.inputs, inputs);
      const stores = { weights: residentStore(weights), gradients: residentStore(gradients) };
      const results: GradientResult[] = [];
      for (const [index, inputs] of batches.entries()) {
        results.push(await runBatch(stores, inputs, index > 0 ? "accumulate" : mode));
      }
      return sumOfBatches(results);
    },
    dispose: () => {
      replacing.session.dispose();
      void accumulating?.then(({ session }) => {
        session.dispose();
      });
    },
  };
}
