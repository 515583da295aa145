/** The stages of the runs shown, as charts and graph need them, from what the hub has told. */
import type { HeatMapPlace } from "../../server/protocol/heat-map-places";
import type { StreamName } from "../../server/protocol/hub";
import { kernelTable } from "../../server/protocol/kernel-columns";
import type { RunStatus, StageStatus } from "../../server/protocol/runs";
import type { StageCurves } from "../charts/series";
import type { GraphStage } from "../charts/stage-graph";
import { inheritedCost } from "../cost";
import type { KernelStage } from "../kernels/kernel-stage";
import type { StageLog } from "../live/stage-log";

export interface LiveStage extends GraphStage, KernelStage<HeatMapPlace> {
  readonly stream: StreamName;
  readonly record: StageStatus;
  /** Of a train stage of which something has arrived. */
  readonly curves?: StageCurves;
}

const noKernels = kernelTable([]);

/** All stages of these runs; those that train come first in the order of styles, as they have curves. */
export function liveStages(
  runs: readonly RunStatus[],
  logOf: (stream: StreamName) => StageLog | undefined,
): LiveStage[] {
  const entries = runs.flatMap((run) => run.stages.map((record) => ({ run, record })));
  const order = [...entries].sort((a, b) => rank(a.record) - rank(b.record));
  const names = runNames(runs);
  return entries.map((entry) => {
    const { run, record } = entry;
    const stream = { run: run.folder, stage: record.name };
    const index = order.indexOf(entry);
    const id = idOf(stream);
    const label = runs.length > 1 ? `${names.get(run)!} / ${record.name}` : record.name;
    const log = record.kind === "train" ? logOf(stream) : undefined;
    return {
      ...{ id, name: record.name, label, index, stream },
      kernels: log?.kernels ?? noKernels,
      parentIds: (record.parents ?? []).map((stage) => idOf({ run: run.folder, stage })),
      record: withProgress(record),
      ...(record.fusion && { fusion: record.fusion }),
      pictures: log?.heatMaps.byKernel ?? new Map<string, never>(),
      ...(log && {
        curves: {
          id,
          label,
          styleIndex: index,
          series: log.steps,
          heldout: log.heldout,
          events: log.events,
          fused: isFused(record, run),
          inherited: inheritedCost(record, ancestorsOf(record, run)),
        },
      }),
    };
  });
}

/** As the reader tells them apart: with their folders where names are the same. */
export function runNames(runs: readonly RunStatus[]): ReadonlyMap<RunStatus, string> {
  return new Map(
    runs.map((run) => {
      const isOnly = runs.every((other) => other === run || other.name !== run.name);
      return [run, isOnly ? run.name : `${run.name} (${run.folder})`];
    }),
  );
}

/** Whether it comes after a fusion, near or far. */
export function descendsFromFusion(record: StageStatus, run: RunStatus): boolean {
  return ancestorsOf(record, run).some(({ kind }) => kind === "fuse");
}

export function ancestorsOf(record: StageStatus, { stages }: RunStatus): StageStatus[] {
  const found = new Set<StageStatus>();
  const visit = ({ parents = [] }: StageStatus): void => {
    for (const name of parents) {
      const parent = stages.find((stage) => stage.name === name);
      if (parent === undefined || found.has(parent)) continue;
      found.add(parent);
      visit(parent);
    }
  };
  visit(record);
  return [...found];
}

function idOf({ run, stage }: StreamName): string {
  return `${run}/${stage}`;
}

function rank({ kind }: StageStatus): number {
  return kind === "train" ? 0 : 1;
}

function isFused({ parents = [] }: StageStatus, { stages }: RunStatus): boolean {
  return stages.some(({ name, kind }) => kind === "fuse" && parents.includes(name));
}

/** The record on the disk knows of checkpoints only; the log is ahead of it. */
function withProgress(record: StageStatus): StageStatus {
  const step = record.latest?.step;
  return step === undefined || record.state === "done" ? record : { ...record, step };
}
