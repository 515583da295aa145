/** `deep-fusion run RECIPE` and `deep-fusion resume RUN`. */
import { basename, join, resolve } from "node:path";
import type { RunRecord } from "../protocol/run";
import { withInputs } from "../recipe/graph";
import { writeControl } from "../recipe/control-file";
import { lockHolder } from "../files/lock";
import { planRecipe } from "../recipe/plan";
import type { RunPlan } from "../recipe/plan";
import { isError } from "../recipe/problem";
import { prepareRun } from "../recipe/prepare-run";
import type { PreparedRun } from "../recipe/prepare-run";
import { executeRun } from "../recipe/run";
import type { RunResult } from "../recipe/run";
import { findRun, frozenRecipe, readRun, runFiles } from "../recipe/run-folder";
import { Estimator } from "./estimator";
import { counted } from "./format";
import type { AskedSettings } from "./asked-settings";
import { readRecipeText } from "./read-recipe";
import { reportProblems } from "./problems";
import { ProgressView } from "./progress";
import { readComparisons } from "./read-comparisons";
import { comparisonText } from "./comparison-text";
import { report } from "./report";
import { checkAsked, checkGoingOn, chooseSettings } from "./run-settings";
import { introduction, outcome } from "./run-text";
import { withLockedFolder } from "./locked-folder";
import type { ExitCode, RunServices, Services } from "./services";
import { shownPath } from "./shown-path";

export interface RunFlags extends AskedSettings {
  readonly stage?: string;
  readonly out?: string;
  readonly report?: string;
  readonly json?: boolean;
}

export async function run(
  recipe: string,
  flags: RunFlags,
  services: RunServices,
): Promise<ExitCode> {
  const file = resolve(services.directory, recipe);
  const text = await readRecipeText(file, recipe);
  const name = basename(file).replace(/(\.fusion)?\.ya?ml$/i, "");
  const folder = resolve(services.directory, flags.out ?? join("runs", name));
  await checkAsked(flags); // before the folder is made: what cannot be computed must leave nothing behind
  return withLockedFolder(folder, services, async () => {
    const previous = await findRun(folder);
    return start({ text, file, shownAs: recipe, folder, previous, flags, mode: "run" }, services);
  });
}

export interface ResumeFlags extends AskedSettings {
  readonly report?: string;
  readonly json?: boolean;
}

export async function resume(
  runFolder: string,
  flags: ResumeFlags,
  services: RunServices,
): Promise<ExitCode> {
  const folder = resolve(services.directory, runFolder);
  const found = await readRun(folder);
  if (found.control === "paused" && (await wakePaused(folder, services))) {
    if (flags.json === true) services.output.json({ run: folder, state: "running", record: found });
    return 0;
  }
  await checkGoingOn(found, flags);
  return withLockedFolder(folder, services, async () => {
    const previous = await readRun(folder);
    const file = previous.resume?.recipe_file ?? join(folder, runFiles.recipe);
    const { stage } = previous.resume ?? {};
    return start(
      {
        text: await frozenRecipe(folder),
        file,
        shownAs: join(runFolder, runFiles.recipe),
        folder,
        previous,
        flags: { ...flags, ...(stage !== undefined && { stage }) },
        mode: "resume",
      },
      services,
    );
  });
}

/** A paused run has its process, which goes on by itself; false where that has gone. */
async function wakePaused(folder: string, services: Services): Promise<boolean> {
  const holder = await lockHolder(join(folder, runFiles.lock));
  if (holder === undefined) return false;
  await writeControl(folder, { request: "resume", pid: holder.pid });
  const shown = shownPath(folder, services);
  services.output.message(`${shown} was paused; its process ${holder.pid} goes on`);
  return true;
}

interface Start {
  readonly text: string;
  readonly file: string;
  readonly shownAs: string;
  readonly folder: string;
  readonly previous: RunRecord | undefined;
  readonly flags: RunFlags;
  readonly mode: "run" | "resume";
}

async function start(begin: Start, services: RunServices): Promise<ExitCode> {
  const { flags, folder, previous, mode } = begin;
  const { output } = services;
  const { plan, problems } = await planRecipe({
    ...begin,
    hub: services.hub,
    revisions: mode === "resume" ? previous?.revisions : undefined,
    signal: services.stopping,
  });
  if (mode === "run" || plan === undefined) reportProblems(problems, output);
  if (plan === undefined) {
    if (flags.json === true) output.json({ state: "failed", problems: problems.filter(isError) });
    return 1;
  }
  if (mode === "resume") refuseChanged(plan, previous, shownPath(folder, services));
  const stages = flags.stage === undefined ? plan.stages : withInputs(plan.stages, flags.stage);
  const chosen = await chooseSettings({ asked: flags, plan, stages, previous }, services);
  const prepared = await prepareRun({
    folder,
    plan,
    stages,
    ...chosen,
    recipe: {
      text: begin.text,
      file: begin.file,
      ...(flags.stage !== undefined && { stage: flags.stage }),
    },
    createdBy: services.createdBy,
    now: services.now,
    previous,
    onWait: (stage, pid) => {
      output.message(`${stage}: process ${pid} of an earlier run is still saving; waiting for it`);
    },
    signal: services.stopping,
  });
  const result = await carryOut(prepared, services);
  return conclude(prepared, { result, flags }, services);
}

/** Resuming is going on exactly; where that cannot be, the user decides what to do. */
function refuseChanged(plan: RunPlan, previous: RunRecord | undefined, shown: string): void {
  const changed = plan.stages.filter(({ name }) => {
    const before = previous?.stages[name];
    const begun = before !== undefined && before.state !== "waiting";
    return begun && before.inputs_sha256 !== plan.hashes.get(name);
  });
  if (changed.length === 0) return;
  throw new RangeError(
    `Cannot resume ${shown} exactly: what ${changed.map(({ name }) => name).join(", ")} started from ` +
      "(its corpus, tokenizer or imported checkpoint) has changed since; restore it, or begin those stages anew " +
      `with "npx deep-fusion run RECIPE --out ${shown}", which keeps their old output aside`,
  );
}

async function carryOut(prepared: PreparedRun, services: RunServices): Promise<RunResult> {
  const { output, trainers, stopping, killing } = services;
  const { options } = prepared;
  for (const { stage, path } of prepared.replaced) {
    const kept = shownPath(path, services);
    output.message(
      `${stage}: its inputs have changed, so it is run anew; its old output is kept in ${kept}`,
    );
  }
  introduction(prepared, shownPath(options.folder, services)).forEach((line) => {
    output.message(line);
  });
  const steps = new Map(
    options.stages.flatMap((stage) =>
      stage.kind === "train" ? [[stage.name, stage.settings.steps] as const] : [],
    ),
  );
  const view = new ProgressView({ output, steps, now: () => services.now().getTime() });
  const estimator = new Estimator(prepared, (line) => {
    view.say(line);
  });
  const announce = (): void => {
    view.say("Stopping: each stage saves after the step in progress. Ctrl-C again stops at once.");
  };
  stopping.addEventListener("abort", announce, { once: true });
  try {
    return await executeRun(prepared, {
      trainers,
      signal: stopping,
      killSignal: killing,
      onEvent: (event) => {
        view.hear(event);
        estimator.hear(event);
      },
    });
  } finally {
    stopping.removeEventListener("abort", announce);
    view.close();
  }
}

interface Conclusion {
  readonly result: RunResult;
  readonly flags: RunFlags;
}

async function conclude(
  prepared: PreparedRun,
  { result, flags }: Conclusion,
  services: Services,
): Promise<ExitCode> {
  const { output } = services;
  const { folder, stages } = prepared.options;
  const { record } = result;
  const shown = shownPath(folder, services);
  const comparisons = await readComparisons(folder, record);
  const done = stages.every(({ name }) => record.stages[name]?.state === "done");
  const failed = stages.filter(({ name }) => record.stages[name]?.state === "failed").length;
  // Without a failure, a stage was stopped, or its device gave up.
  const stopped = !done && (result.stopped || failed === 0);
  const page =
    done && flags.report !== undefined
      ? await writeReport(folder, flags.report, services)
      : undefined;
  if (flags.json === true) {
    const state = done ? "done" : stopped ? "stopped" : "failed";
    output.json({
      run: folder,
      state,
      record,
      comparisons,
      ...(page !== undefined && { report: page }),
    });
  } else {
    for (const line of outcome(prepared.options, record)) output.result(line);
    for (const comparison of comparisons) {
      output.result("");
      for (const line of comparisonText(comparison)) output.result(line);
    }
    if (page !== undefined)
      output.result(`\nCurves, heat maps and receipts: ${shownPath(page, services)}`);
  }
  if (done) return 0;
  const what = stopped ? "Stopped" : `${counted(failed, "stage")} failed`;
  output.message(`${what}. Go on with the same command, or: npx deep-fusion resume ${shown}`);
  return 1;
}

async function writeReport(folder: string, out: string, services: Services): Promise<string> {
  const { directory, reportAssets, createdBy, now } = services;
  const file = resolve(directory, out);
  await report({ runs: [folder], out: file, assets: reportAssets, createdBy, now });
  return file;
}
