/** A fusion against mergekit, which makes of the same two models one of their own size: the mean of their weights. */
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeParents } from "./fuse-case";
import { measureFusion, seconds, syncFile } from "./measured-fusion";
import { measureProgram, type ProcessMeasurement } from "./measured-process";
import { median } from "./median";
import { type BenchContext, type BenchResult, benchResult } from "./result";

const rounds = 3;
const preset = "t5-small";

interface Mergekit {
  readonly python: string;
  /** For PYTHONPATH. */
  readonly packages: string;
}

/** Nothing where mergekit has not been set up, which is said. */
export async function againstMergekit(
  folder: string,
  context: BenchContext,
): Promise<readonly BenchResult[]> {
  const mergekit = await findMergekit(context);
  if (mergekit === undefined) {
    context.progress(
      "  mergekit is left out, for it is not set up: node scripts/python.mjs --mergekit",
    );
    return [];
  }
  context.progress(`fuse: writing two random parents of ${preset}, for mergekit too`);
  const parents = await writeParents(folder, preset);
  return rowsOf(await takeTurns(folder, { parents, mergekit, context }));
}

/** Of the project's own Python. */
async function findMergekit({ dist }: BenchContext): Promise<Mergekit | undefined> {
  const script = fileURLToPath(new URL("../scripts/python.mjs", dist));
  const made = async (...flags: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(execPath, [script, "--if-made", ...flags]);
    return stdout.trim();
  };
  const packages = await made("--mergekit");
  return packages === "" ? undefined : { python: await made(), packages };
}

interface Sides {
  readonly parents: readonly string[];
  readonly mergekit: Mergekit;
  readonly context: BenchContext;
}

interface Turns {
  readonly ours: ProcessMeasurement[];
  readonly merged: ProcessMeasurement[];
}

/** The first round warms caches, and Python's bytecode. */
async function takeTurns(folder: string, { parents, mergekit, context }: Sides): Promise<Turns> {
  const turns: Turns = { ours: [], merged: [] };
  const child = join(folder, "child");
  const recipe = join(folder, "linear.yaml");
  await writeFile(recipe, linearMerge(parents));
  for (let round = 0; round <= rounds; round++) {
    const merged = await merge({ recipe, out: join(folder, "merged") }, mergekit, context);
    const ours = await measureFusion({ parents, child }, 0, context);
    if (round === 0) continue;
    turns.ours.push(ours);
    turns.merged.push(merged);
    context.progress(
      `  ${preset}, round ${round} of ${rounds}: fuse ${seconds(ours.ms)}, mergekit-yaml ${seconds(merged.ms)}`,
    );
  }
  return turns;
}

/** JSON is YAML. */
function linearMerge(parents: readonly string[]): string {
  const models = parents.map((model) => ({ model, parameters: { weight: 1 / parents.length } }));
  return JSON.stringify({ merge_method: "linear", models, dtype: "float32" });
}

/** Onto the disk, as a fusion goes. */
async function merge(
  { recipe, out }: { readonly recipe: string; readonly out: string },
  { python, packages }: Mergekit,
  { dist, signal }: BenchContext,
): Promise<ProcessMeasurement> {
  await rm(out, { recursive: true, force: true });
  const program = fileURLToPath(new URL("../test/bench/mergekit_yaml.py", dist));
  const environment = { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "", HF_HUB_OFFLINE: "1" };
  const measured = await measureProgram([python, program, "--quiet", recipe, out], {
    ...{ environment, signal },
  });
  const start = performance.now();
  await syncFile(join(out, "model.safetensors"));
  return { ...measured, ms: measured.ms + performance.now() - start };
}

function rowsOf({ ours, merged }: Turns): BenchResult[] {
  const row = (
    name: string,
    unit: string,
    quantity: (measured: ProcessMeasurement) => number,
  ): BenchResult =>
    benchResult(`fuse/${preset}/mergekit/${name}`, {
      value: median(ours.map(quantity)),
      unit,
      reference: median(merged.map(quantity)),
    });
  return [
    row("time", "ms", ({ ms }) => ms),
    row("memory", "MiB", ({ peakBytes }) => peakBytes / 2 ** 20),
  ];
}
