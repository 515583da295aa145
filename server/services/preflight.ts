/** What a fusion would do and take, decided from headers, before a byte is written. */
import { stat, statfs } from "node:fs/promises";
import { freemem } from "node:os";
import { dirname } from "node:path";
import type { T5Configuration } from "../checkpoint/configuration";
import { parameterCount } from "../checkpoint/parameters";
import type { KnownTokenizers } from "../data/load-tokenizer";
import { fusionParent, type NamedCheckpoint } from "../fusion/fuse";
import { planFusion } from "../fusion/plan";
import { describeFault, FusionRefusal } from "../fusion/refusal";
import type { FusionChoice, FusionPreflight, ModelSize } from "../protocol/fusion";
import { closeParents, openParents, possibleOptimizer } from "../recipe/fusion-parents";
import { needsOf } from "../fusion/needs";
import { modelDimensions } from "./model-dimensions";
import { shortNames } from "./short-names";

/** Never rejects for what the checkpoints are: that is a refusal with every reason. */
export async function preflight(
  choice: FusionChoice & { readonly directory: string },
): Promise<FusionPreflight> {
  const { parents, faults } = await openAll(choice.parents);
  try {
    const taken = await exists(choice.directory);
    if (taken) faults.push(`${choice.directory}: there is something already; choose another name`);
    if (faults.length > 0) return { kind: "refused", faults };
    return await judge(parents, choice);
  } catch (error) {
    if (!(error instanceof FusionRefusal)) throw error;
    return { kind: "refused", faults: error.faults.map(describeFault) };
  } finally {
    await closeParents(parents);
  }
}

/** One folder that cannot be opened does not hide what is wrong with the next. */
async function openAll(folders: readonly string[]) {
  const parents: NamedCheckpoint[] = [];
  const faults: string[] = [];
  const tokenizers: KnownTokenizers = new Map();
  const names = shortNames(folders);
  for (const [index, directory] of folders.entries()) {
    try {
      parents.push(...(await openParents([{ name: names[index]!, directory }], tokenizers)));
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { parents, faults };
}

async function judge(
  parents: readonly NamedCheckpoint[],
  { method, copies, directory }: FusionChoice & { readonly directory: string },
): Promise<FusionPreflight> {
  const plan = planFusion(parents.map(fusionParent), { method, copies });
  const optimizer = possibleOptimizer(parents);
  const needs = needsOf(plan, { parents, optimizer });
  const free = await freeBytes(directory);
  return {
    kind: "fits",
    parents: plan.parents.map(({ name, configuration }) => sizeOf(name, configuration)),
    child: sizeOf("child", plan.configuration),
    exact: plan.exact,
    twins: plan.twins.some((twin, index) => twin !== index),
    notes: plan.notes,
    optimizer,
    ...needs,
    ...(free !== undefined && { freeDiskBytes: free }),
    freeMemoryBytes: freemem(),
  };
}

function sizeOf(name: string, configuration: T5Configuration): ModelSize {
  return {
    name,
    parameters: parameterCount(configuration),
    dimensions: modelDimensions(configuration),
  };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Of the nearest folder that is there. */
async function freeBytes(directory: string): Promise<number | undefined> {
  const above = dirname(directory);
  if (above === directory) return undefined;
  const { bavail, bsize } = (await statfs(above).catch(() => undefined)) ?? {};
  return bavail === undefined || bsize === undefined ? freeBytes(above) : bavail * bsize;
}
