/** A recipe without problems → its stages with every default filled in and every path absolute. Pure. */
import { resolve } from "node:path";
import type { T5Configuration } from "../checkpoint/configuration";
import type { CorpusSettings, Objective } from "../data/settings";
import type { FusionMethod } from "../protocol/checkpoint";
import type { TrainSettings } from "../training/settings";
import { isHubReference } from "../hugging-face/reference";
import { corpusFields, evaluateStageFields, fuseStageFields, objectiveFields } from "./fields";
import { withImpliedImports } from "./hub-references";
import type { Pins } from "./pins";
import type {
  CorpusEntry,
  EvaluateStageEntry,
  FuseStageEntry,
  Recipe,
  StageEntry,
  TrainStageEntry,
} from "./recipe";
import { modelConfiguration } from "./resolve-model";
import { literals, trainNumbers } from "./resolve-train";

export type ResolvedStage = ResolvedTrain | ResolvedFuse | ResolvedImport | ResolvedEvaluate;

export interface ResolvedTrain {
  readonly kind: "train";
  readonly name: string;
  readonly from:
    | {
        readonly kind: "model";
        readonly name: string;
        readonly configuration: T5Configuration;
      }
    | { readonly kind: "stage"; readonly name: string };
  readonly settings: TrainSettings;
}

export interface ResolvedFuse {
  readonly kind: "fuse";
  readonly name: string;
  /** Each once; a single one is taken `copies` times. */
  readonly parents: readonly string[];
  readonly copies: number;
  readonly method: FusionMethod;
  readonly fill: number;
  readonly seed: number;
  /** Undefined: "grow" where all parents have a state of the same optimizer, otherwise "reset". */
  readonly optimizer: "grow" | "reset" | undefined;
  /** Text for the receipt and the calibration: what the first trained parent was trained on. */
  readonly text: TextSettings | undefined;
}

export interface ResolvedImport {
  readonly kind: "import";
  readonly name: string;
  /** Of one on the Hub: its place in the cache, where it may not be yet. */
  readonly directory: string;
  /** Of one on the Hub, with its commit. */
  readonly reference?: string;
  readonly tokenizer: string;
}

export interface ResolvedEvaluate {
  readonly kind: "evaluate";
  readonly name: string;
  readonly stages: readonly string[];
  readonly text: TextSettings;
  readonly batch: number;
  readonly examples: number;
}

export type TextSettings = Pick<TrainSettings, "corpus" | "tokenizer" | "objective" | "inputs">;

export interface ResolveOptions {
  /** What the recipe's paths are relative to. */
  readonly directory: string;
  /** Ids of the recipe's tokenizer. */
  readonly vocabulary: number;
  /** What its references to the Hub stand for. */
  readonly pins: Pins;
}

/** In the order of the file. */
export function resolveRecipe(recipe: Recipe, options: ResolveOptions): readonly ResolvedStage[] {
  const whole = withImpliedImports(recipe);
  const resolver = new Resolver(whole, options);
  return Object.entries(whole.stages).map(([name, entry]) => resolver.stage(name, entry));
}

export function tokenizerOf(recipe: Recipe, directory: string, pins: Pins): string {
  const tokenizer = recipe.tokenizer ?? "bytes";
  if (isHubReference(tokenizer)) return pins.folder(tokenizer);
  return tokenizer === "bytes" ? tokenizer : resolve(directory, tokenizer);
}

/** Stages that must be done before. */
export function inputsOf(stage: ResolvedStage): readonly string[] {
  switch (stage.kind) {
    case "train":
      return stage.from.kind === "stage" ? [stage.from.name] : [];
    case "fuse":
      return stage.parents;
    case "import":
      return [];
    case "evaluate":
      return stage.stages;
  }
}

class Resolver {
  constructor(
    private readonly recipe: Recipe,
    private readonly options: ResolveOptions,
  ) {}

  stage(name: string, entry: StageEntry): ResolvedStage {
    if ("train" in entry) return this.train(name, entry);
    if ("fuse" in entry) return this.fuse(name, entry);
    if ("evaluate" in entry) return this.evaluate(name, entry);
    return { kind: "import", name, ...this.imported(entry.import), tokenizer: this.tokenizer() };
  }

  private imported(source: string): Pick<ResolvedImport, "directory" | "reference"> {
    const { directory, pins } = this.options;
    if (!isHubReference(source)) return { directory: resolve(directory, source) };
    return { directory: pins.folder(source), reference: pins.exact(source, "model") };
  }

  private train(name: string, entry: TrainStageEntry): ResolvedTrain {
    const { corpus, steps, ...numbers } = trainNumbers(entry, this.recipe.defaults?.train);
    if (steps === undefined) throw new RangeError(`Cannot train ${name}: it has no steps`);
    const model = own(this.recipe.models, entry.train);
    const { vocabulary } = this.options;
    return {
      kind: "train",
      name,
      from:
        model === undefined
          ? { kind: "stage", name: entry.train }
          : {
              kind: "model",
              name: entry.train,
              configuration: modelConfiguration(model, vocabulary),
            },
      settings: { ...this.text(corpus, numbers.inputs), ...numbers, steps },
    };
  }

  private fuse(name: string, entry: FuseStageEntry): ResolvedFuse {
    const { fuse, ...given } = entry;
    const method = entry.method ?? (fuse.length === 1 ? "rule" : "property");
    const filled = { ...literals(fuseStageFields), copies: 1, ...given } as Required<typeof given>;
    const { copies, fill, seed } = filled;
    const text = this.textBehind(name);
    const { optimizer } = entry;
    return { kind: "fuse", name, parents: fuse, copies, method, fill, seed, optimizer, text };
  }

  private evaluate(name: string, entry: EvaluateStageEntry): ResolvedEvaluate {
    const shared = trainNumbers({}, this.recipe.defaults?.train);
    const { examples } = { ...literals(evaluateStageFields), ...entry } as { examples: number };
    return {
      kind: "evaluate",
      name,
      stages: entry.evaluate,
      text: this.text(entry.corpus ?? shared.corpus, entry.inputs ?? shared.inputs),
      batch: entry.batch ?? shared.micro_batch,
      examples,
    };
  }

  private text(corpus: string | undefined, inputs: number): TextSettings {
    const name = corpus ?? Object.keys(this.recipe.corpora)[0];
    const entry = name === undefined ? undefined : own(this.recipe.corpora, name);
    if (name === undefined || entry === undefined) {
      throw new RangeError(`Cannot use the corpus "${name ?? ""}": there is none of that name`);
    }
    return {
      corpus: corpusSettings(name, entry, this.options),
      tokenizer: this.tokenizer(),
      objective: { ...literals(objectiveFields), ...this.recipe.objective } as unknown as Objective,
      inputs,
    };
  }

  /** Of the nearest train stage above a fusion, first parents first. */
  private textBehind(name: string): TextSettings | undefined {
    const entry = own(this.recipe.stages, name);
    if (entry === undefined) return undefined;
    if ("train" in entry) {
      const { corpus, inputs } = trainNumbers(entry, this.recipe.defaults?.train);
      return this.text(corpus, inputs);
    }
    const parents = "fuse" in entry ? entry.fuse : [];
    for (const parent of parents) {
      const text = this.textBehind(parent);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  private tokenizer(): string {
    return tokenizerOf(this.recipe, this.options.directory, this.options.pins);
  }
}

export function corpusSettings(
  name: string,
  entry: CorpusEntry,
  { directory, pins }: Pick<ResolveOptions, "directory" | "pins">,
): CorpusSettings {
  const filled = { ...literals(corpusFields), ...entry } as Required<CorpusEntry>;
  const { field, column, holdout } = filled;
  const placed = (file: string) =>
    isHubReference(file) ? pins.exact(file, "dataset") : resolve(directory, file);
  const source =
    entry.embedded === undefined
      ? { kind: "files" as const, globs: filled.files.map(placed) }
      : { kind: "embedded" as const, names: entry.embedded };
  return { name, source, field, column, holdout };
}

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
