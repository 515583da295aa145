/** What the executor of a stage is given. */
import type { Engine } from "../engine/engine";
import type { Hub } from "../hugging-face/hub";
import type { StageRecord } from "../protocol/run";
import type { StageReport } from "../protocol/trainer";
import type { Clock } from "../training/clock";

export interface StageContext {
  /** Opened by the stages that compute; the caller disposes. */
  readonly engine: () => Promise<Engine>;
  /** The data worker's bundle. */
  readonly dataWorker: URL;
  /** The bundle of the thread that draws a new model's weights. */
  readonly weightsWorker: URL;
  /** The bundle of a fusion's threads. */
  readonly fusionWorker: URL;
  /** "deep-fusion 0.1.0". */
  readonly createdBy: string;
  /** @throws {HubError} its variables make no sense */
  readonly hub: () => Hub;
  readonly clock: Clock;
  /** Stop: save and leave. */
  readonly signal: AbortSignal;
  readonly report: (report: StageReport) => void;
}

/** One stage as its executor sees it. */
export interface StageWork extends StageContext {
  /** Absolute: the stage's folder. */
  readonly directory: string;
  /** What the record begins with. */
  readonly begun: StageRecord;
  /** Absolute checkpoint folder of an input. @throws {RangeError} it has none */
  readonly checkpointOf: (stage: string) => string;
  /** A path of this machine as run.json gives it: relative to the run, with "/". */
  readonly shown: (path: string) => string;
}
