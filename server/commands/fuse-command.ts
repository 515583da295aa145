/** `deep-fusion fuse PARENT... --out DIR`: says what will happen, fuses, and shows the receipt. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { writtenDtypes } from "../checkpoint/safetensors-writer";
import { openEngine } from "../engine/choice";
import type { Engine } from "../engine/engine";
import { type FuseOptions, fuseCheckpoints, fusionParent } from "../fusion/fuse";
import type { FusionOptions } from "../fusion/parent";
import { type FusionPlan, planFusion } from "../fusion/plan";
import { randomProbe } from "../fusion/random-probe";
import { padExamples } from "../model/examples";
import type { FusionMethod, Lineage } from "../protocol/checkpoint";
import {
  closeParents,
  openParents,
  type ParentFolder,
  possibleOptimizer,
} from "../recipe/fusion-parents";
import { needsOf, optimizerKind } from "../fusion/needs";
import { engineProbe } from "../training/probe-model";
import { chosenEngine, type EngineFlags } from "./arguments";
import type { FuseOutput } from "./fuse-output";
import { readExamples } from "./read-examples";
import { announceFusion, fusionJson, receiptLines } from "./fusion-text";
import {
  type CheckpointServices,
  findCheckpoint,
  judgedParent,
  type NamedSource,
  wholeParent,
} from "./named-checkpoints";

export interface FuseFlags extends EngineFlags {
  readonly out: string;
  readonly copies?: number;
  /** Default: property; rule for copies of one parent, where it is exact and loads in stock transformers. */
  readonly method?: FusionMethod;
  /** Default: 0. */
  readonly fill?: number;
  /** Default: 0. */
  readonly seed?: number;
  /** A JSONL file of examples; default: random tokens. */
  readonly probe?: string;
  /** Default: grow where every parent has a state of the same optimizer. */
  readonly optimizer?: "grow" | "reset";
  /** Default: the parents', where that is one and the same; else f32. */
  readonly dtype?: keyof typeof writtenDtypes;
  /** Bytes of the weights in a file; default: 5 GB. */
  readonly maxShardSize?: number;
  readonly threads?: number;
  readonly json?: boolean;
}

/** What the command needs of its entry point. */
export interface FuseServices {
  readonly output: FuseOutput;
  /** What relative paths start from. */
  readonly directory: string;
  readonly createdBy: string;
  readonly fusionWorker: URL;
  readonly stopping: AbortSignal;
  readonly hub: CheckpointServices["hub"];
}

/** @returns 0; whatever fails is thrown, with a message for the user */
export async function fuseCommand(
  paths: readonly string[],
  flags: FuseFlags,
  services: FuseServices,
): Promise<0> {
  const method = flags.method ?? (paths.length === 1 ? "rule" : "property");
  const copies = flags.copies ?? 1;
  const parents = await openParents(await parentFolders(paths, { method, copies }, services));
  try {
    const plan = planFusion(parents.map(fusionParent), { method, copies });
    const probe = await probeOf(plan, flags, services.directory);
    const optimizer = flags.optimizer ?? possibleOptimizer(parents);
    const fill = flags.fill ?? 0;
    const { out, threads } = flags;
    const kind = optimizer === "grow" ? optimizerKind(parents[0]!) : undefined;
    const dtype = flags.dtype && writtenDtypes[flags.dtype];
    const needs = needsOf(plan, { parents, optimizer, dtype, probe, threads });
    const announced = { plan, fill, kind, needs, out };
    if (flags.json !== true) announceFusion(announced, services.output);

    const lineage = await fuse(flags, services, {
      ...{ parents, method, copies, fill, optimizer, probe, dtype },
      seed: flags.seed ?? 0,
    });
    if (flags.json === true) services.output.json(fusionJson(announced, lineage));
    else for (const line of receiptLines(lineage, flags.out)) services.output.result(line);
    return 0;
  } finally {
    await closeParents(parents);
  }
}

/** What has to be fetched is, once it is clear that it can be fused. @throws {FusionRefusal} it cannot */
async function parentFolders(
  paths: readonly string[],
  fusion: FusionOptions,
  services: FuseServices,
): Promise<readonly ParentFolder[]> {
  const sources: NamedSource[] = [];
  for (const path of paths) sources.push(await findCheckpoint(path, services));
  if (sources.some(({ kind }) => kind === "hub")) {
    const judged = sources.map((source) => judgedParent(source, services.stopping));
    const parents = await openParents(judged);
    try {
      planFusion(parents.map(fusionParent), fusion);
    } finally {
      await closeParents(parents);
    }
  }
  const folders: ParentFolder[] = [];
  for (const source of sources) folders.push(await wholeParent(source, services));
  return folders;
}

type Fusion = Pick<
  FuseOptions,
  "parents" | "method" | "copies" | "fill" | "optimizer" | "probe" | "seed" | "dtype"
>;

async function fuse(flags: FuseFlags, services: FuseServices, fusion: Fusion): Promise<Lineage> {
  const threads = flags.threads ?? availableParallelism();
  let engine: Engine | undefined;
  let shown = "";
  try {
    return await fuseCheckpoints({
      ...fusion,
      directory: resolve(services.directory, flags.out),
      model: async () => {
        engine = await openEngine({ ...chosenEngine(flags), threads });
        return engineProbe(engine);
      },
      createdBy: services.createdBy,
      maxShardBytes: flags.maxShardSize,
      worker: services.fusionWorker,
      threads,
      signal: services.stopping,
      onProgress: (label) => {
        if (label !== shown && flags.json !== true) services.output.message(`${label} …`);
        shown = label;
      },
    });
  } finally {
    await engine?.dispose();
  }
}

const examplesPerBatch = 4;

async function probeOf(
  { parents, method, configuration: child }: FusionPlan,
  { probe }: FuseFlags,
  directory: string,
): Promise<FuseOptions["probe"]> {
  if (probe === undefined) {
    const configurations = parents.map(({ configuration }) => configuration);
    return randomProbe(configurations, { method, seed: 0 });
  }
  const examples = await readExamples(resolve(directory, probe), child);
  return { source: probe, batches: padExamples(examples, examplesPerBatch, child) };
}
