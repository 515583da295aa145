/** Above each stage: what can be done with it now, and how far it got in the recipe's newest run. */
import type { CodeLens, Range } from "vscode-languageserver";
import type { StageRecord } from "../protocol/run";
import type { RecipeFacts, RecipeRun } from "./facts";
import { count } from "./figures";
import type { Declaration } from "./names";
import type { RecipeDocument } from "./recipe-document";

/** The extension's commands; the arguments are the recipe's URI and a stage, or a run's folder. */
export const lensCommands = {
  start: "deepFusion.startRun",
  resume: "deepFusion.resumeRun",
  dashboard: "deepFusion.openDashboard",
} as const;

const verbs: Readonly<Record<string, string>> = {
  train: "Run",
  fuse: "Fuse",
  import: "Import",
  evaluate: "Evaluate",
};

export function codeLenses(document: RecipeDocument, { run }: RecipeFacts): CodeLens[] {
  const stages = document.names.declarations.filter(({ kind }) => kind === "stage");
  return [
    ...recipeLenses(document, run),
    ...stages.flatMap((stage) => stageLenses(document, stage, run)),
  ];
}

/** Above `stages`. */
function recipeLenses(document: RecipeDocument, run: RecipeRun | undefined): CodeLens[] {
  const { root, text } = document;
  const entry = root?.kind === "map" ? root.entries.find(({ key }) => key === "stages") : undefined;
  if (entry === undefined) return [];
  const range = document.range(entry.keyRange);
  const dashboard =
    run === undefined ? [] : [lens(range, "Open dashboard", lensCommands.dashboard, run.folder)];
  if (isGoing(run)) return [lens(range, "$(sync~spin) Running"), ...dashboard];
  const unfinished = Object.values(run?.record.stages ?? {}).some(({ state }) => state !== "done");
  return [
    lens(range, "$(play) Run all stages", lensCommands.start, text.uri),
    ...(run !== undefined && unfinished
      ? [lens(range, "$(debug-continue) Resume", lensCommands.resume, run.folder)]
      : []),
    ...dashboard,
  ];
}

function stageLenses(
  document: RecipeDocument,
  { name, entry }: Declaration,
  run: RecipeRun | undefined,
): CodeLens[] {
  const range = document.range(entry.keyRange);
  const record =
    run !== undefined && Object.hasOwn(run.record.stages, name)
      ? run.record.stages[name]
      : undefined;
  const first =
    entry.value.kind === "map" ? entry.value.entries.find(({ key }) => key in verbs) : undefined;
  const verb = first === undefined ? undefined : verbs[first.key];
  const lenses: CodeLens[] = [];
  if (!isGoing(run) && verb !== undefined) {
    if (record !== undefined && isResumable(record)) {
      const title = `$(debug-continue) Resume at step ${count(record.step)}`;
      lenses.push(lens(range, title, lensCommands.resume, run!.folder));
    } else if (record?.state !== "done") {
      lenses.push(lens(range, `$(play) ${verb}`, lensCommands.start, document.text.uri, name));
    }
  }
  if (record !== undefined) {
    lenses.push(lens(range, stateText(record), lensCommands.dashboard, run!.folder, name));
  }
  return lenses;
}

/** A paused run has its process still, and waits for somebody to resume it. */
function isGoing(run: RecipeRun | undefined): boolean {
  return run?.running === true && run.record.control !== "paused";
}

function isResumable(record: StageRecord): record is StageRecord & { readonly step: number } {
  return (record.state === "stopped" || record.state === "failed") && (record.step ?? 0) > 0;
}

function stateText({ state, step, steps, heldout_loss }: StageRecord): string {
  const loss = heldout_loss === undefined ? "" : `, held-out ${heldout_loss.toFixed(3)}`;
  const far =
    step === undefined || steps === undefined ? "" : ` ${Math.floor((100 * step) / steps)} %`;
  switch (state) {
    case "done":
      return `$(check) done${loss}`;
    case "failed":
      return `$(error) failed${far}`;
    case "running":
      return `$(sync~spin) running${far}${loss}`;
    case "stopped":
      return `$(debug-pause) stopped${far}${loss}`;
    case "waiting":
      return "$(clock) waiting";
  }
}

function lens(range: Range, title: string, command = "", ...args: readonly string[]): CodeLens {
  return { range, command: { title, command, arguments: [...args] } };
}
