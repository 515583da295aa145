/** The stages as a graph: an order to run them in, what is ready, and a hash of everything a stage's result depends on. */
import { createHash } from "node:crypto";
import type { CorpusSettings } from "../data/settings";
import { inputsOf } from "./resolve";
import type { ResolvedStage } from "./resolve";

/** Inputs before those that need them, otherwise in the order given. @throws {RangeError} a cycle or an unknown name */
export function topologicalOrder(stages: readonly ResolvedStage[]): readonly ResolvedStage[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const order: ResolvedStage[] = [];
  const open = new Set<string>();
  const visit = (name: string): void => {
    const stage = byName.get(name);
    if (stage === undefined) throw new RangeError(`Cannot order the stages: there is no "${name}"`);
    if (order.includes(stage)) return;
    if (open.has(name)) throw new RangeError(`Cannot order the stages: "${name}" waits for itself`);
    open.add(name);
    inputsOf(stage).forEach(visit);
    order.push(stage);
  };
  for (const { name } of stages) visit(name);
  return order;
}

/** A stage and all it needs, in order. @throws {RangeError} no such stage */
export function withInputs(
  stages: readonly ResolvedStage[],
  name: string,
): readonly ResolvedStage[] {
  const ordered = topologicalOrder(stages);
  if (!ordered.some((stage) => stage.name === name)) {
    const known = stages.map((stage) => stage.name).join(", ");
    throw new RangeError(`Cannot run the stage "${name}": the recipe has ${known}`);
  }
  const wanted = new Set([name]);
  for (const stage of [...ordered].reverse()) {
    if (wanted.has(stage.name)) for (const input of inputsOf(stage)) wanted.add(input);
  }
  return ordered.filter((stage) => wanted.has(stage.name));
}

/** Those that wait, and whose inputs are all done. */
export function readyStages(
  stages: readonly ResolvedStage[],
  isDone: (name: string) => boolean,
  isWaiting: (name: string) => boolean,
): readonly ResolvedStage[] {
  return stages.filter((stage) => isWaiting(stage.name) && inputsOf(stage).every(isDone));
}

/** The most stages that could ever run side by side: no more than that many processes are of use. */
export function greatestWidth(stages: readonly ResolvedStage[]): number {
  const levels = new Map<string, number>();
  const counts = new Map<number, number>();
  for (const stage of topologicalOrder(stages)) {
    const level = Math.max(-1, ...inputsOf(stage).map((input) => levels.get(input) ?? 0)) + 1;
    levels.set(stage.name, level);
    counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  return Math.max(1, ...counts.values());
}

/** What stands for the content of files in the hashes. */
export interface Identities {
  corpus(corpus: CorpusSettings): string;
  /** Of a tokenizer as the recipe resolves it. */
  tokenizer(spec: string): string;
  /** Of an imported checkpoint folder. */
  checkpoint(directory: string): string;
}

/**
 * SHA-256 over each stage's settings and its inputs' hashes, by name. Left out is what cannot change a result:
 * names, paths (their content counts), how often a train stage validates, saves and draws, and what it keeps in memory.
 */
export function inputHashes(
  stages: readonly ResolvedStage[],
  identities: Identities,
): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>();
  for (const stage of topologicalOrder(stages)) {
    const inputs = inputsOf(stage).map((input) => hashes.get(input)!);
    const content = { kind: stage.kind, settings: essence(stage, identities), inputs };
    hashes.set(stage.name, createHash("sha256").update(canonical(content)).digest("hex"));
  }
  return hashes;
}

function essence(stage: ResolvedStage, identities: Identities): unknown {
  switch (stage.kind) {
    case "train": {
      const settings = { ...stage.settings, ...textEssence(stage.settings, identities) };
      const unobserved = { evaluate_every: 0, checkpoint_every: 0, heatmaps_every: 0 };
      // As it was when there was no other: what was done then is done still.
      const precision = settings.precision === "float32" ? undefined : settings.precision;
      const model = stage.from.kind === "model" ? stage.from.configuration : undefined;
      return { ...settings, ...unobserved, precision, recompute: undefined, model };
    }
    case "fuse": {
      const { copies, method, fill, seed, optimizer, text } = stage;
      const read = text === undefined ? undefined : { ...text, ...textEssence(text, identities) };
      return { copies, method, fill, seed, optimizer, text: read };
    }
    case "import":
      return { checkpoint: identities.checkpoint(stage.directory) };
    case "evaluate": {
      const { text, batch, examples } = stage;
      // The results stand under the stages' names.
      return { ...text, ...textEssence(text, identities), batch, examples, stages: stage.stages };
    }
  }
}

function textEssence(
  text: { readonly corpus: CorpusSettings; readonly tokenizer: string },
  identities: Identities,
) {
  const { field, column, holdout } = text.corpus;
  return {
    corpus: { content: identities.corpus(text.corpus), field, column, holdout },
    tokenizer: identities.tokenizer(text.tokenizer),
  };
}

/** JSON whose keys are sorted at every level, without what is undefined. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
