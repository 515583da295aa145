/** Where a stage's records go: the run log, the heat maps, and whoever watches. */
import { openHeatMapFile, repairHeatMaps } from "../metrics/heatmap-file";
import { openRunLog, repairRunLog } from "../metrics/run-log";
import type {
  EventRecord,
  HeatMap,
  HeldoutRecord,
  KernelRecord,
  StepRecord,
} from "../protocol/metrics";
import type { StageReport } from "../protocol/trainer";
import type { Clock } from "./clock";
import { heatMapFile, logFile } from "./stage-folder";

export interface Recorder {
  step(record: StepRecord): void;
  heldout(record: HeldoutRecord): void;
  event(record: EventRecord): void;
  kernel(record: KernelRecord, map: HeatMap): void;
  /** @param share of the work that is done; 0 unless given */
  progress(label: string, share?: number): void;
  /** What the stage waits for, in words for the user; undefined: it goes on. */
  waits(reason: string | undefined): void;
  /** How many batches the stage has skipped so far. */
  skips(batches: number): void;
  /** Writes to the files at most once a second. */
  flushIfDue(): Promise<void>;
  /** Returns once everything is on the disk itself. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface RecorderOptions {
  readonly directory: string;
  /** The step of the checkpoint that the stage goes on from; undefined: it begins. */
  readonly lastStep: number | undefined;
  readonly clock: Clock;
  readonly report: (report: StageReport) => void;
}

const flushMs = 1000;

/** Cuts the files back to `lastStep`, so that what follows is recorded once. */
export async function openRecorder(options: RecorderOptions): Promise<Recorder> {
  const { directory, lastStep, clock, report } = options;
  await repairRunLog(logFile(directory), lastStep);
  await repairHeatMaps(heatMapFile(directory), lastStep);
  const log = await openRunLog(logFile(directory));
  const heatMaps = await openHeatMapFile(heatMapFile(directory));
  let flushedAt = clock.now();
  const each = async (act: "flush" | "sync" | "close") => {
    await Promise.all([log[act](), heatMaps[act]()]);
    flushedAt = clock.now();
  };
  return {
    step: (record) => {
      log.append(record);
      report({ kind: "step", record });
    },
    heldout: (record) => {
      log.append(record);
      report({ kind: "heldout", record });
    },
    event: (record) => {
      log.append(record);
      report({ kind: "event", record });
    },
    kernel: (record, map) => {
      log.append(record);
      heatMaps.append(map);
    },
    progress: (label, share = 0) => {
      report({ kind: "progress", label, done: share, of: 1 });
    },
    waits: (reason) => {
      report({ kind: "waits", ...(reason !== undefined && { reason }) });
    },
    skips: (batches) => {
      report({ kind: "skips", batches });
    },
    flushIfDue: async () => {
      if (clock.now() - flushedAt >= flushMs) await each("flush");
    },
    sync: () => each("sync"),
    close: () => each("close"),
  };
}
