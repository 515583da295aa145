/** Loss and accuracy of a checkpoint on text, by T5's own objective: spans that it has to fill. */
import type { Checkpoint } from "../checkpoint/checkpoint";
import { whyNotFinite } from "../checkpoint/not-finite";
import { heldoutExamples } from "../data/heldout";
import { exampleShape } from "../data/span-corruption";
import type { Engine } from "../engine/engine";
import { checkpointTokenizer } from "../generation/checkpoint-tokenizer";
import { measureHeldout } from "../recipe/execute-evaluate";
import type { EvaluateResult } from "./evaluate";

export interface EvaluateTextOptions {
  readonly checkpoint: Checkpoint;
  readonly engine: Engine;
  /** Absolute paths or globs of text, JSONL or Parquet files; all of their documents count. */
  readonly text: readonly string[];
  /** What loadTokenizer() takes; the checkpoint's own unless given. */
  readonly tokenizer: string | undefined;
  /** Encoder tokens of an example. */
  readonly inputs: number;
  readonly maxExamples: number;
  readonly signal: AbortSignal;
}

/** As T5 was trained (Raffel et al. 2020, section 3.1.4). */
const objective = { noise_density: 0.15, mean_span_length: 3 };
const batch = 8;

/**
 * The spans are the same at every call.
 * @throws {RangeError} no tokenizer, too little text for one example, or a loss that is not finite
 */
export async function evaluateText(options: EvaluateTextOptions): Promise<EvaluateResult> {
  const { checkpoint, engine, text, inputs, maxExamples, signal } = options;
  await checkpointTokenizer(checkpoint, options.tokenizer);
  const source = { kind: "files", globs: text } as const;
  const corpus = { name: "text", source, field: "text", column: "text", holdout: 1 };
  const tokenizer = options.tokenizer ?? checkpoint.directory;
  const settings = { corpus, tokenizer, objective, inputs };
  const heldout = await heldoutExamples(settings, maxExamples, signal);
  if (heldout.examples === 0) {
    const { raw } = exampleShape(inputs, objective);
    throw new RangeError(
      `Cannot evaluate on ${text.join(", ")}: an example of ${inputs} inputs takes ${raw} tokens, and there are ` +
        "fewer; give more text, or a smaller --inputs",
    );
  }
  const figures = await measureHeldout({ engine, checkpoint, heldout, batch, signal });
  if (!Number.isFinite(figures.loss)) {
    const reason = await whyNotFinite(figures.loss, checkpoint.weights);
    throw new RangeError(`Cannot evaluate ${checkpoint.directory}: ${reason}`);
  }
  return { ...figures, examples: heldout.examples };
}
