/** A run's folder → what a report shows of it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseConfiguration } from "../checkpoint/config-json";
import type { T5Configuration } from "../checkpoint/configuration";
import { parameterCount } from "../checkpoint/parameters";
import { ignoreMissing } from "../metrics/missing-file";
import { readRunLog } from "../metrics/run-log";
import type { Lineage } from "../protocol/checkpoint";
import type {
  EventRecord,
  HeldoutRecord,
  KernelRecord,
  LogRecord,
  StepRecord,
} from "../protocol/metrics";
import type { ReportRun, ReportStage } from "../protocol/report";
import type { RunRecord, StageRecord } from "../protocol/run";
import { parseRecipe } from "../recipe/parse";
import { stageInputs } from "../recipe/recipe";
import { frozenRecipe, readRun, runFiles, stageFolder } from "../recipe/run-folder";
import { heatMapFile, logFile } from "../training/stage-folder";
import { readComparisons } from "./read-comparisons";
import { readReportedHeatMaps } from "./report-heatmaps";
import { comparisonWords } from "./comparison-text";
import { packSeries } from "./report-pack";

/** Bytes of heat maps of one run before steps are left out. */
const heatMapBudget = 24e6;

/** @throws {Error} it is not a run's folder, or a file in it is damaged: names the file */
export async function readReportRun(folder: string, signal?: AbortSignal): Promise<ReportRun> {
  const record = await readRun(folder);
  const parents = await readParents(folder, record);
  const names = parentsFirst(Object.keys(record.stages), parents);
  const trained = names.filter((name) => record.stages[name]?.kind === "train").length;
  const stages: ReportStage[] = [];
  for (const name of names) {
    signal?.throwIfAborted();
    const stage = { name, record: record.stages[name]!, parents: parents.get(name) ?? [] };
    stages.push(await readStage(folder, stage, heatMapBudget / Math.max(1, trained)));
  }
  const comparisons = await readComparisons(folder, record);
  return {
    name: record.name,
    createdBy: record.created_by,
    startedAt: record.started_at,
    engine: record.engine,
    device: record.device,
    threads: record.threads,
    stages,
    comparisons,
    conclusions: comparisons.flatMap((comparison) => comparisonWords(comparison)),
  };
}

/** By the run's frozen recipe. */
async function readParents(
  folder: string,
  { stages }: RunRecord,
): Promise<Map<string, readonly string[]>> {
  const { recipe } = parseRecipe(await frozenRecipe(folder), join(folder, runFiles.recipe));
  const known = new Map(Object.entries(recipe?.stages ?? {}));
  return new Map(
    Object.keys(stages).map((name) => {
      const entry = known.get(name);
      return [name, entry === undefined ? [] : stageInputs(entry, known)];
    }),
  );
}

/** Their own order, but no stage before one that it needs. */
function parentsFirst(
  names: readonly string[],
  parents: ReadonlyMap<string, readonly string[]>,
): string[] {
  const ordered = new Set<string>();
  const visiting = new Set<string>();
  const visit = (name: string): void => {
    if (ordered.has(name) || visiting.has(name)) return;
    visiting.add(name);
    for (const parent of parents.get(name) ?? []) if (names.includes(parent)) visit(parent);
    ordered.add(name);
  };
  names.forEach(visit);
  return [...ordered];
}

interface StageOutline {
  readonly name: string;
  readonly record: StageRecord;
  readonly parents: readonly string[];
}

async function readStage(
  folder: string,
  stage: StageOutline,
  heatMapBytes: number,
): Promise<ReportStage> {
  const directory = stageFolder(folder, stage.name);
  const { steps, ...logged } = await readLog(logFile(directory));
  const series = packSeries(steps);
  const { maps, omitted } = await readReportedHeatMaps(heatMapFile(directory), heatMapBytes);
  return {
    ...stage,
    ...(await readCheckpointFacts(folder, stage.record)),
    ...(series && { series }),
    ...logged,
    heatMaps: maps,
    omittedHeatMaps: omitted,
  };
}

interface LoggedRecords {
  readonly steps: StepRecord[];
  readonly heldout: HeldoutRecord[];
  readonly kernels: KernelRecord[];
  readonly events: EventRecord[];
}

async function readLog(file: string): Promise<LoggedRecords> {
  const records: LoggedRecords = { steps: [], heldout: [], kernels: [], events: [] };
  for await (const record of readRunLog(file)) sortIn(records, record);
  return records;
}

function sortIn(records: LoggedRecords, record: LogRecord): void {
  if ("loss" in record) records.steps.push(record);
  else if ("heldout_loss" in record) records.heldout.push(record);
  else if ("kernel" in record) records.kernels.push(record);
  else records.events.push(record);
}

/** Lineage and size, as far as the checkpoint is still there. */
async function readCheckpointFacts(
  folder: string,
  { checkpoint }: StageRecord,
): Promise<Partial<Pick<ReportStage, "lineage" | "parameters" | "model">>> {
  if (checkpoint === undefined) return {};
  const lineage = await readJson(join(folder, checkpoint, "deep_fusion.json"));
  const configFile = join(folder, checkpoint, "config.json");
  const config = await readJson(configFile);
  const configuration = config === undefined ? undefined : parseConfiguration(config, configFile);
  return {
    ...(lineage !== undefined && { lineage: lineage as Lineage }),
    ...(configuration && {
      parameters: parameterCount(configuration),
      model: describeModel(configuration),
    }),
  };
}

/** "2 + 2 layers, d_model 96 = 48 + 48, 4 heads". */
function describeModel(configuration: T5Configuration): string {
  const { num_layers, num_decoder_layers, d_model, num_heads, fusion_parts } = configuration;
  const parts = fusion_parts.length > 1 ? ` = ${fusion_parts.join(" + ")}` : "";
  return `${num_layers} + ${num_decoder_layers} layers, d_model ${d_model}${parts}, ${num_heads} heads`;
}

async function readJson(file: string): Promise<unknown> {
  const text = await ignoreMissing(readFile(file, "utf8"));
  return text === undefined ? undefined : parseJson(text, file);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: it is not JSON (${String(error)})`, {
      cause: error,
    });
  }
}
