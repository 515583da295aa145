/** `deep-fusion generate CHECKPOINT PROMPT...`, as the command line asks for it. */
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { reasonOf } from "../files/system-reason";
import { openGenerator } from "../generation/generator";
import type { GeneratedAnswer, Strategy } from "../protocol/generation";
import { openEngine } from "../engine/choice";
import { chosenEngine, type EngineFlags } from "./arguments";
import { checkpointFolder, namedTokenizer } from "./named-checkpoints";
import type { ExitCode, Services } from "./services";

export interface GenerateFlags extends EngineFlags {
  /** A file of prompts, or "-". */
  readonly prompts?: string;
  readonly maxTokens: number;
  readonly beams?: number;
  readonly lengthPenalty?: number;
  readonly sample?: boolean;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed?: number;
  readonly answers: number;
  readonly tokenizer?: string;
  readonly threads?: number;
  readonly json?: boolean;
}

export async function generateCommand(
  path: string,
  flags: GenerateFlags & { readonly given: readonly string[] },
  services: Services,
): Promise<ExitCode> {
  const { output, directory, stopping } = services;
  const prompts = [...flags.given, ...(await promptsOf(flags.prompts, directory))];
  const checkpoint = await checkpointFolder(path, services);
  const threads = flags.threads ?? availableParallelism();
  const engine = await openEngine({ ...chosenEngine(flags), threads });
  try {
    const generator = await openGenerator({
      engine,
      checkpoint,
      tokenizer: await namedTokenizer(flags.tokenizer, services),
    });
    try {
      const results = [];
      for (const prompt of prompts) {
        const { inputIds, answers } = await generator.answer(prompt, {
          ...{ strategy: strategyOf(flags), maxTokens: flags.maxTokens, signal: stopping },
        });
        const wanted = answers.slice(0, flags.answers);
        results.push({ prompt, input_ids: inputIds, answers: wanted.map(answerJson) });
        if (flags.json === true) continue;
        if (prompts.length > 1) output.result(prompt);
        for (const answer of wanted) output.result(shown(answer, prompts.length, wanted.length));
        if (wanted.some(({ ended }) => !ended)) {
          output.message(
            `Cut after ${flags.maxTokens} tokens; --max-tokens ${2 * flags.maxTokens} allows more.`,
          );
        }
      }
      if (flags.json === true) output.json({ checkpoint: path, prompts: results });
      return 0;
    } finally {
      await generator.close();
    }
  } finally {
    await engine.dispose();
  }
}

/** @throws {Error} the file cannot be read; @throws {RangeError} it holds no prompt */
async function promptsOf(file: string | undefined, directory: string): Promise<string[]> {
  if (file === undefined) return [];
  const lines = (await readPrompts(file, directory)).split(/\r?\n/);
  const prompts = lines.filter((line) => line.trim() !== "");
  if (prompts.length > 0) return prompts;
  throw new RangeError(`Cannot read prompts from ${file}: it has no line with text`);
}

async function readPrompts(file: string, directory: string): Promise<string> {
  try {
    return await (file === "-" ? text(process.stdin) : readFile(resolve(directory, file), "utf8"));
  } catch (cause) {
    throw new Error(`Cannot read prompts from ${file}: ${reasonOf(cause)}`, { cause });
  }
}

/** Any flag of sampling asks for it. */
export function kindOf(flags: GenerateFlags): Strategy["kind"] {
  if (flags.beams !== undefined) return "beam";
  const { sample, temperature, topK, topP, seed } = flags;
  return [sample, temperature, topK, topP, seed].some((flag) => flag !== undefined)
    ? "sample"
    : "greedy";
}

function strategyOf(flags: GenerateFlags): Strategy {
  const { beams = 1, lengthPenalty = 1, answers } = flags;
  const { temperature = 1, topK = 0, topP = 1, seed = 0 } = flags;
  const kind = kindOf(flags);
  if (kind === "beam") return { kind, beams, lengthPenalty };
  if (kind === "greedy") return { kind };
  return { kind, samples: answers, sampling: { temperature, topK, topP, seed } };
}

function answerJson({ text, filled, tokens, logProbability, ended }: GeneratedAnswer) {
  return { text, filled: filledText(filled), tokens, log_probability: logProbability, ended };
}

function shown({ text, filled }: GeneratedAnswer, prompts: number, answers: number): string {
  const mark = answers > 1 ? "- " : "";
  return `${prompts > 1 ? "  " : ""}${mark}${filledText(filled) ?? text}`;
}

function filledText(pieces: GeneratedAnswer["filled"]): string | undefined {
  return pieces?.map(({ text }) => text).join("");
}
