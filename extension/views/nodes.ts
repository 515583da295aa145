/** What the checkpoint tree shows, level by level; no VS Code in here, so that tests read it as it is. */
import type {
  CatalogueCheckpoint,
  CatalogueRun,
  CatalogueStage,
  CheckpointDetail,
  TensorDetail,
} from "../../server/protocol/catalogue";
import type { FusionSummary } from "../../server/protocol/checkpoint";
import type { StageRecord } from "../../server/protocol/run";
import type { RunState } from "../../server/protocol/runs";
import { bytes, count, deviation } from "../format";
import { dimensionsText } from "../model-text";
import type { Translate } from "../translate";

export type TreeNode =
  | { readonly kind: "run"; readonly run: CatalogueRun }
  | {
      readonly kind: "stage";
      readonly run: CatalogueRun;
      readonly stage: CatalogueStage;
      readonly index: number;
    }
  | {
      readonly kind: "checkpoint";
      readonly checkpoint: CatalogueCheckpoint;
      /** Of all of its stage, the newest. */
      readonly newest: boolean;
    }
  | {
      readonly kind: "group";
      readonly checkpoint: CatalogueCheckpoint;
      /** What all the tensors' names begin with, the dot included. */
      readonly prefix: string;
      readonly tensors: readonly TensorDetail[];
    }
  | {
      readonly kind: "tensor";
      readonly checkpoint: CatalogueCheckpoint;
      readonly tensor: TensorDetail;
      /** The name without its groups' prefix. */
      readonly shown: string;
    }
  | {
      /** Some of many checkpoints, so that each level is short. */
      readonly kind: "span";
      readonly id: string;
      readonly checkpoints: readonly CheckpointNode[];
    }
  | { readonly kind: "note"; readonly id: string; readonly text: string };

export type CheckpointNode = Extract<TreeNode, { kind: "checkpoint" }>;

/**
 * Names from disks may hold anything: line breaks, bidirectional controls and towers of accents would disturb their
 * neighbours, and where VS Code shows words it makes icons of "$(trash)" and links, to commands too, of
 * "[stop](command:…)".
 */
export function plain(name: string): string {
  return bounded(name, 200);
}

/** As plain(), for sentences, whose end says what to do; of several lines. */
export function plainText(text: string): string {
  const lines = text.split("\n").map((line) => bounded(line, 1000));
  return lines.join(" ");
}

function bounded(text: string, most: number): string {
  const shown = text
    .replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, "\uFFFD")
    .replace(/(\p{M}{4})\p{M}+/gu, "$1")
    // A word joiner is not seen, and neither icon nor link goes over it.
    .replace(/\$(?=\()|\](?=\()/g, "$&\u2060");
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}

/** In the recipe's order; colours are counted as the dashboard's are: stages that train come first. */
export function stageNodes(run: CatalogueRun): TreeNode[] {
  const trains = run.stages.filter(({ kind }) => kind === "train");
  const colored = [...trains, ...run.stages.filter(({ kind }) => kind !== "train")];
  return run.stages.map((stage) => ({ kind: "stage", run, stage, index: colored.indexOf(stage) }));
}

/** Stays the same over refreshes, so that what is open stays open. */
export function nodeId(node: TreeNode): string {
  switch (node.kind) {
    case "run":
      return `run:${node.run.directory}`;
    case "stage":
      return `stage:${node.run.directory}:${node.stage.name}`;
    case "checkpoint":
      return `checkpoint:${node.checkpoint.directory}`;
    case "group":
      return `group:${node.checkpoint.directory}:${node.prefix}`;
    case "tensor":
      return `tensor:${node.checkpoint.directory}:${node.tensor.name}`;
    case "span":
      return `span:${node.id}`;
    case "note":
      return `note:${node.id}`;
  }
}

export function label(node: TreeNode, t: Translate): string {
  switch (node.kind) {
    case "run":
      return plain(node.run.name);
    case "stage":
      return plain(node.stage.name);
    case "checkpoint":
      return checkpointName(node.checkpoint, t);
    case "group":
      return plain(node.prefix.split(".").at(-2) ?? node.prefix);
    case "tensor":
      return plain(node.shown);
    case "span":
      return `${label(node.checkpoints[0]!, t)} – ${label(node.checkpoints.at(-1)!, t)}`;
    case "note":
      return plain(node.text);
  }
}

/** Its step in a stage, or its folder. */
export function checkpointName({ name, step }: CatalogueCheckpoint, t: Translate): string {
  return step === undefined ? plain(name) : t("step {0}", count(step));
}

/** What depends on the reader: the time now and the language. */
export interface Reader {
  readonly now: Date;
  readonly t: Translate;
}

export function description(node: TreeNode, { now, t }: Reader): string {
  switch (node.kind) {
    case "run":
      return runDescription(node.run, { now, t });
    case "stage":
      return stageDescription(node.stage, t);
    case "checkpoint":
      return joined(fusionText(node.checkpoint.fusion, t), node.newest ? t("newest") : "");
    case "group":
      return joined(t("{0} tensors", count(node.tensors.length)), bytes(total(node.tensors)));
    case "tensor":
      return `[${node.tensor.shape.join(", ")}] ${dtypeName(node.tensor.dtype)}, ${bytes(node.tensor.sizeBytes)}`;
    case "span": {
      const { checkpoints } = node;
      const newest = checkpoints.some((checkpoint) => checkpoint.newest);
      return joined(t("{0} checkpoints", count(checkpoints.length)), newest ? t("newest") : "");
    }
    case "note":
      return "";
  }
}

function joined(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join(", ");
}

function runDescription(run: CatalogueRun, { now, t }: Reader): string {
  const state = runState(run);
  if (run.problem !== undefined) return t("cannot be read");
  return joined(when(run.startedAt, { now, t }), state === "done" ? "" : stateText(state, t));
}

export type ShownState = RunState | "unreadable";

export function runState({ state, problem }: CatalogueRun): ShownState {
  return problem === undefined ? state : "unreadable";
}

export function stateText(state: ShownState | StageRecord["state"], t: Translate): string {
  switch (state) {
    case "starting":
      return t("starting");
    case "running":
      return t("running");
    case "pausing":
      return t("pausing");
    case "paused":
      return t("paused");
    case "stopping":
      return t("stopping");
    case "stopped":
      return t("stopped");
    case "failed":
      return t("failed");
    case "done":
      return t("done");
    case "waiting":
      return t("waiting");
    case "unreadable":
      return t("cannot be read");
  }
}

/** What is asked for in each. */
export const runStates: Readonly<
  Record<"active" | "pausable" | "stoppable" | "resumable", readonly ShownState[]>
> = {
  active: ["starting", "running", "pausing", "stopping"],
  pausable: ["running"],
  stoppable: ["starting", "running", "pausing", "paused"],
  resumable: ["paused", "stopped", "failed"],
};

/** "today 14:02", or the date. */
function when(iso: string, { now, t }: Reader): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  const time = date.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  const today = date.toDateString() === now.toDateString();
  return today ? t("today {0}", time) : `${date.toLocaleDateString()} ${time}`;
}

function stageDescription(stage: CatalogueStage, t: Translate): string {
  const { heldout_loss, fusion } = stage;
  const heldout = heldout_loss === undefined ? "" : t("held-out {0}", heldout_loss.toFixed(2));
  return joined(fusion === undefined ? progressText(stage, t) : fusionText(fusion, t), heldout);
}

function progressText({ state, step, steps, waits }: CatalogueStage, t: Translate): string {
  if (waits !== undefined) return t("waits: {0}", plain(waits));
  const known = state !== "done" && step !== undefined && steps !== undefined;
  if (!known) return stateText(state, t);
  const percent = `${Math.floor((100 * step) / steps)} %`;
  return state === "running" ? percent : t("{0} at {1}", stateText(state, t), percent);
}

/** "= a + b, property, exact 3e-7". */
export function fusionText(fusion: FusionSummary | undefined, t: Translate): string {
  if (fusion === undefined) return "";
  const { parents, method, kind, drift } = fusion;
  const badge =
    kind === "exact" ? t("exact {0}", deviation(drift)) : t("drifts {0}", deviation(drift));
  return `= ${parents.map(plain).join(" + ")}, ${method}, ${badge}`;
}

function dtypeName(dtype: string): string {
  const match = /^(BF|F|I|U)(\d+)$/.exec(dtype);
  const words: Readonly<Record<string, string>> = { BF: "bfloat", F: "float", I: "int", U: "uint" };
  return match === null ? plain(dtype) : `${words[match[1]!]!}${match[2]!}`;
}

function total(tensors: readonly TensorDetail[]): number {
  return tensors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Checkpoints of one level: as they are, or by the hundred where they are many. */
const longestLevel = 200;
const spanLength = 100;

/** @param place names the level */
export function checkpointLevel(place: string, nodes: readonly CheckpointNode[]): TreeNode[] {
  if (nodes.length <= longestLevel) return [...nodes];
  return Array.from({ length: Math.ceil(nodes.length / spanLength) }, (_, index) => {
    const checkpoints = nodes.slice(index * spanLength, (index + 1) * spanLength);
    return { kind: "span", id: `${place}:${index}`, checkpoints };
  });
}

/** One level of a checkpoint's tensors: groups of those that share the next part of their names, and single ones. */
export function tensorLevel(
  checkpoint: CatalogueCheckpoint,
  tensors: readonly TensorDetail[],
  prefix: string,
): TreeNode[] {
  const levels = new Map<string, TensorDetail[]>();
  for (const tensor of tensors) {
    const rest = tensor.name.slice(prefix.length);
    const dot = rest.indexOf(".");
    const next = dot === -1 ? rest : rest.slice(0, dot + 1);
    const level = levels.get(next);
    if (level === undefined) levels.set(next, [tensor]);
    else level.push(tensor);
  }
  return [...levels].map(([next, members]): TreeNode => {
    const [first] = members;
    return members.length === 1
      ? { kind: "tensor", checkpoint, tensor: first!, shown: first!.name.slice(prefix.length) }
      : { kind: "group", checkpoint, prefix: prefix + next, tensors: members };
  });
}

export function detailLines(detail: CheckpointDetail, t: Translate): string[] {
  const { parameters, sizeBytes, dimensions, hasOptimizer, tokenizerFiles } = detail;
  return [
    t("{0} parameters, {1} on disk", count(parameters), bytes(sizeBytes)),
    `T5, ${dimensionsText(dimensions, t)}`,
    hasOptimizer ? t("With optimizer state") : t("Without optimizer state"),
    ...(tokenizerFiles.length === 0 ? [] : [t("Tokenizer: {0}", tokenizerFiles.join(", "))]),
  ];
}
