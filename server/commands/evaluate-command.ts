/** `deep-fusion evaluate CHECKPOINT`, on given examples or on text, as the command line asks for it. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { type Checkpoint, openCheckpoint } from "../checkpoint/checkpoint";
import { openEngine } from "../engine/choice";
import type { Engine } from "../engine/engine";
import { chosenEngine, type EngineFlags } from "./arguments";
import { evaluate, type EvaluateResult } from "./evaluate";
import { evaluateText } from "./evaluate-text";
import { lossText, percent } from "./format";
import { isHubReference } from "../hugging-face/reference";
import { checkpointFolder, namedTokenizer } from "./named-checkpoints";
import type { ExitCode, Services } from "./services";

export interface EvaluateFlags extends EngineFlags {
  /** A file of examples; or else `text`. */
  readonly examples?: string;
  /** Files or globs. */
  readonly text?: readonly string[];
  readonly inputs: number;
  readonly maxExamples: number;
  readonly tokenizer?: string;
  readonly logits?: string;
  readonly gradients?: string;
  readonly threads?: number;
  readonly json?: boolean;
}

export async function evaluateCommand(
  path: string,
  flags: EvaluateFlags,
  services: Services,
): Promise<ExitCode> {
  const { output } = services;
  const checkpoint = await openCheckpoint(await checkpointFolder(path, services));
  const threads = flags.threads ?? availableParallelism();
  const engine = await openEngine({ ...chosenEngine(flags), threads });
  try {
    const result = await measure({ checkpoint, engine }, flags, services);
    const { loss, accuracy, tokens } = result;
    if (flags.json === true) output.json(result);
    else
      output.result(
        `loss ${lossText(loss)} nats per target token, accuracy ${percent(accuracy)}, ${tokens} tokens`,
      );
    return 0;
  } finally {
    await checkpoint.close();
    await engine.dispose();
  }
}

async function measure(
  model: { readonly checkpoint: Checkpoint; readonly engine: Engine },
  flags: EvaluateFlags,
  services: Services,
): Promise<EvaluateResult> {
  const { directory, stopping } = services;
  const absolute = (file: string | undefined) =>
    file === undefined ? undefined : resolve(directory, file);
  if (flags.examples !== undefined) {
    return evaluate({
      ...model,
      examples: resolve(directory, flags.examples),
      logits: absolute(flags.logits),
      gradients: absolute(flags.gradients),
      signal: stopping,
    });
  }
  return evaluateText({
    ...model,
    text: (flags.text ?? []).map((file) =>
      isHubReference(file) ? file : resolve(directory, file),
    ),
    tokenizer: await namedTokenizer(flags.tokenizer, services),
    inputs: flags.inputs,
    maxExamples: flags.maxExamples,
    signal: stopping,
  });
}
