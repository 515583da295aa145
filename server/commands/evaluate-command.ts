/** `deep-fusion evaluate CHECKPOINT --examples FILE.jsonl`, as the command line asks for it. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { openCheckpoint } from "../checkpoint/checkpoint";
import { openEngine } from "../engine/choice";
import { evaluate } from "./evaluate";
import { lossText, percent } from "./format";
import type { ExitCode, Services } from "./services";

export interface EvaluateFlags {
  readonly examples: string;
  readonly logits?: string;
  readonly gradients?: string;
  readonly threads?: number;
  readonly json?: boolean;
}

export async function evaluateCommand(
  path: string,
  flags: EvaluateFlags,
  { output, directory, stopping }: Services,
): Promise<ExitCode> {
  const absolute = (file: string | undefined) =>
    file === undefined ? undefined : resolve(directory, file);
  const checkpoint = await openCheckpoint(resolve(directory, path));
  const threads = flags.threads ?? availableParallelism();
  const engine = await openEngine({ engine: "auto", device: "cpu", threads });
  try {
    const result = await evaluate({
      checkpoint,
      engine,
      examples: resolve(directory, flags.examples),
      logits: absolute(flags.logits),
      gradients: absolute(flags.gradients),
      signal: stopping,
    });
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
