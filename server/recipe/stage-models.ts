/** The model and the tokenizer behind each stage of a recipe, and whether the parents of its fusions fit together. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { openCheckpoint } from "../checkpoint/checkpoint";
import { parseConfiguration } from "../checkpoint/config-json";
import type { T5Configuration } from "../checkpoint/configuration";
import { readJson } from "../checkpoint/json";
import { parameterShapes } from "../checkpoint/parameters";
import { type TokenizerIdentity, tokenizerIdentity } from "../data/load-tokenizer";
import { planFusion } from "../fusion/plan";
import { describeFault, type FusionFault, FusionRefusal } from "../fusion/refusal";
import { commonKeys } from "./check-sizes";
import type { Report } from "./checks";
import { type Fix, quote } from "./problem";
import type { ResolvedFuse, ResolvedStage } from "./resolve";

export interface StageModel {
  readonly configuration: T5Configuration;
  /** Undefined where there is none, or where it is not known. */
  readonly tokenizer: TokenizerIdentity | undefined;
}

/**
 * Of a folder that a recipe imports, from its headers.
 * @throws {RangeError | SyntaxError} it is no checkpoint that can be used
 */
export async function readImported(directory: string): Promise<StageModel> {
  const found = await stat(join(directory, "config.json")).catch(() => undefined);
  if (found === undefined) {
    throw new RangeError(
      `Cannot import ${directory}: there is no config.json; name a checkpoint folder, or one on the Hub as hf://OWNER/NAME`,
    );
  }
  const checkpoint = await openCheckpoint(directory);
  await checkpoint.close();
  return {
    configuration: checkpoint.configuration,
    tokenizer: await tokenizerIdentity(directory),
  };
}

/**
 * Of a folder that may lack the weights.
 * @throws {RangeError | SyntaxError | Error} it cannot be used, or is not there
 */
export async function readSettings(directory: string): Promise<StageModel> {
  const file = join(directory, "config.json");
  const configuration = parseConfiguration(await readJson(file), file);
  return { configuration, tokenizer: await tokenizerIdentity(directory) };
}

export interface KnownModels {
  /** By the name of their stage. */
  readonly imported: ReadonlyMap<string, StageModel>;
  /** The recipe's, which its train stages use. */
  readonly tokenizer: TokenizerIdentity | undefined;
  /** Is told of parents that do not fit, and of checkpoints that are trained with another tokenizer than their own. */
  readonly report: Report;
  /** Fusions of more parts are not judged; all are unless given. */
  readonly mostParts?: number;
}

/**
 * @param stages inputs before what needs them
 * @returns by name; none for a stage that makes no model, or whose model cannot be known
 */
export function stageModels(
  stages: readonly ResolvedStage[],
  { imported, tokenizer, report, mostParts = Infinity }: KnownModels,
): ReadonlyMap<string, StageModel> {
  const known = new Map(imported);
  /** The declared model that a stage descends from. */
  const declared = new Map<string, string>();
  for (const stage of stages) {
    if (stage.kind === "train") {
      const { from } = stage;
      const start = from.kind === "stage" ? known.get(from.name) : undefined;
      if (isOther(start?.tokenizer, tokenizer)) {
        const message = `${quote(from.name)} was made with another tokenizer than the recipe's, so the same ids mean other text here; set tokenizer to its folder`;
        report(`stages.${stage.name}.train`, message, { severity: "information" });
      }
      const configuration = from.kind === "model" ? from.configuration : start?.configuration;
      if (configuration !== undefined) known.set(stage.name, { configuration, tokenizer });
      const model = from.kind === "model" ? from.name : declared.get(from.name);
      if (model !== undefined) declared.set(stage.name, model);
    } else if (stage.kind === "fuse" && partsOf(stage, known) <= mostParts) {
      const fused = fusedModel(stage, known, (fault) => {
        const fixes = fixesOf(fault, stage, { stages, declared });
        const message = `cannot fuse ${stage.parents.join(", ")}: ${describeFault(fault)}`;
        report(`stages.${stage.name}.fuse`, message, { fixes });
      });
      if (fused !== undefined) known.set(stage.name, fused);
    }
  }
  return known;
}

function isOther(
  one: TokenizerIdentity | undefined,
  other: TokenizerIdentity | undefined,
): boolean {
  return one !== undefined && other !== undefined && one.sha256 !== other.sha256;
}

function partsOf(
  { parents, copies }: ResolvedFuse,
  known: ReadonlyMap<string, StageModel>,
): number {
  const parts = parents.map((name) => known.get(name)?.configuration.fusion_parts.length ?? 1);
  return copies * parts.reduce((sum, count) => sum + count, 0);
}

/** Undefined where a parent is unknown, which has been reported, or where the parents do not fit, which is here. */
function fusedModel(
  stage: ResolvedFuse,
  known: ReadonlyMap<string, StageModel>,
  refuse: (fault: FusionFault) => void,
): StageModel | undefined {
  const parents = stage.parents.flatMap((name) => {
    const model = known.get(name);
    if (model === undefined) return [];
    const { configuration, tokenizer } = model;
    const shapes = parameterShapes(configuration);
    return [{ name, configuration, shapes, ...(tokenizer && { tokenizer }) }];
  });
  if (parents.length < stage.parents.length) return undefined;
  try {
    const { configuration } = planFusion(parents, stage);
    const tokenizer = parents.find((parent) => parent.tokenizer !== undefined)?.tokenizer;
    return { configuration, tokenizer };
  } catch (error) {
    if (!(error instanceof FusionRefusal)) throw error;
    error.faults.forEach(refuse);
    return undefined;
  }
}

interface Surroundings {
  readonly stages: readonly ResolvedStage[];
  readonly declared: ReadonlyMap<string, string>;
}

/** A declared model can take the other's value; what was imported stays as it is, and is fused with itself or left out. */
function fixesOf(
  { key, values }: FusionFault,
  stage: ResolvedFuse,
  { stages, declared }: Surroundings,
): readonly Fix[] {
  const changes = values.flatMap(({ parent, value }) => {
    const model = declared.get(parent);
    const other = values.find((one) => one.value !== value);
    if (model === undefined || other === undefined || !isCommonKey(key)) return [];
    const title = `Give the model "${model}" ${key}: ${other.value}`;
    return [{ title, path: `models.${model}.${key}`, value: other.value }];
  });
  if (changes.length > 0) return changes;
  if (stage.parents.length !== 2) return leftOut(values, stage);
  // A reference in place of a stage's name has no name of its own to fuse by.
  const isNamed = (name: string) =>
    stages.some(
      (one) => one.name === name && (one.kind !== "import" || one.reference === undefined),
    );
  const { fill, seed } = stage;
  return stage.parents.filter(isNamed).map((parent) => ({
    title: `Fuse "${parent}" with itself`,
    path: `stages.${stage.name}`,
    value: `{ fuse: ${parent}, copies: 2, fill: ${fill}, seed: ${seed} }`,
  }));
}

function isCommonKey(key: string): boolean {
  return (commonKeys as readonly string[]).includes(key);
}

/** The parents that are unlike the first. */
function leftOut(values: FusionFault["values"], { name, parents }: ResolvedFuse): readonly Fix[] {
  const first = values[0]?.value;
  const odd = values.find(({ value }) => value !== first)?.parent;
  const index = odd === undefined ? -1 : parents.indexOf(odd);
  if (index < 0 || parents.length < 3) return [];
  return [{ title: `Fuse without "${odd!}"`, path: `stages.${name}.fuse[${index}]` }];
}
