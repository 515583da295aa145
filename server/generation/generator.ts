/** A checkpoint that answers prompts. */
import { type Checkpoint, openCheckpoint } from "../checkpoint/checkpoint";
import { whyNotFinite } from "../checkpoint/not-finite";
import type { Tokenizer } from "../data/tokenizer";
import type { Engine, TensorStore } from "../engine/engine";
import { weightSpecs } from "../model/functions";
import type { GeneratedAnswer } from "../protocol/generation";
import { checkpointTokenizer } from "./checkpoint-tokenizer";
import { type GenerateOptions, generateTokens } from "./generate";
import type { GeneratedTokens } from "./generated-tokens";
import { decodeTokens, encodePrompt, fillPrompt } from "./prompt";

export interface GeneratorOptions {
  readonly engine: Engine;
  /** Path of its folder. */
  readonly checkpoint: string;
  /** What loadTokenizer() takes; the checkpoint's own unless given. */
  readonly tokenizer?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Answers {
  readonly inputIds: readonly number[];
  readonly answers: readonly GeneratedAnswer[];
}

export interface AnswerOptions extends Pick<GenerateOptions, "strategy" | "maxTokens" | "signal"> {
  /** Called after each token with the texts so far, of beams the best. */
  readonly onText?: ((texts: readonly string[]) => void) | undefined;
}

export interface Generator {
  /** @throws {RangeError} the prompt cannot be encoded, or weights are not finite; @throws the signal's reason */
  answer(prompt: string, options: AnswerOptions): Promise<Answers>;
  close(): Promise<void>;
}

/** Attention's memory grows with the square of it. */
const longestPrompt = 4096;

/**
 * Loads tokenizer and weights; the caller closes the generator, and disposes the engine.
 * @throws {RangeError} no tokenizer, or one with more tokens than the model; @throws what openCheckpoint() throws
 */
export async function openGenerator(options: GeneratorOptions): Promise<Generator> {
  const { engine, signal } = options;
  const checkpoint = await openCheckpoint(options.checkpoint);
  try {
    const tokenizer = await checkpointTokenizer(checkpoint, options.tokenizer);
    const weights = engine.allocate(weightSpecs(checkpoint.configuration));
    try {
      for (const name of Object.keys(weights.specs)) {
        signal?.throwIfAborted();
        await weights.write(name, await checkpoint.weights.read(name));
      }
      return new CheckpointGenerator({ engine, checkpoint, tokenizer, weights });
    } catch (error) {
      weights.dispose();
      throw error;
    }
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

interface Parts {
  readonly engine: Engine;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  readonly weights: TensorStore;
}

class CheckpointGenerator implements Generator {
  constructor(private readonly parts: Parts) {}

  async answer(prompt: string, options: AnswerOptions): Promise<Answers> {
    const { engine, checkpoint, tokenizer, weights } = this.parts;
    const inputIds = encodePrompt(prompt, tokenizer);
    if (inputIds.length > longestPrompt) {
      throw new RangeError(
        `Cannot use a prompt of ${inputIds.length} tokens: ${longestPrompt} is the most; shorten it`,
      );
    }
    const { configuration } = checkpoint;
    const { onText, ...rest } = options;
    const sequences = await generateTokens({
      ...{ engine, configuration, weights, inputIds, ...rest },
      onStep:
        onText &&
        ((grown) => {
          onText(grown.map((tokens) => decodeTokens(tokens, tokenizer)));
        }),
    });
    if (sequences.some(({ logProbability }) => Number.isNaN(logProbability))) {
      const reason = await whyNotFinite(NaN, checkpoint.weights);
      throw new RangeError(`Cannot generate with ${checkpoint.directory}: ${reason}`);
    }
    return { inputIds, answers: sequences.map((sequence) => this.answerOf(prompt, sequence)) };
  }

  async close(): Promise<void> {
    this.parts.weights.dispose();
    await this.parts.checkpoint.close();
  }

  private answerOf(prompt: string, sequence: GeneratedTokens): GeneratedAnswer {
    const { tokenizer, checkpoint } = this.parts;
    const text = decodeTokens(sequence.tokens, tokenizer);
    const filled = fillPrompt(prompt, text);
    return {
      ...sequence,
      text,
      ...(filled !== undefined && { filled }),
      ended: sequence.tokens.at(-1) === checkpoint.configuration.eos_token_id,
    };
  }
}
