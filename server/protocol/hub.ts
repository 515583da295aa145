/**
 * The hub's frames, on a WebSocket of the loopback: what a viewer asks for, and what it gets.
 *
 * The run's files are the buffer. A viewer follows a stage from a cursor, which it got with the last frame that it
 * kept; the hub reads on from there at the viewer's own pace. So every record arrives exactly once and in order,
 * over hiding, reloading and reconnecting, and a slow viewer holds nobody up. Of run states and pushed heat maps the
 * newest wins, and the last is never dropped.
 */
import type { EncodedColumns } from "./columns";
import type { EncodedKernels, KernelTable } from "./kernel-columns";
import type { HeatMapPlace } from "./heat-map-places";
import type { HeatMap, OtherRecord } from "./metrics";
import type { RunStatus } from "./runs";
import type { StepColumns } from "./step-columns";

/** Both sides refuse another one. */
export const hubVersion = 1;

export interface HubAddress {
  /** "ws://127.0.0.1:PORT": for the extension host, and for webviews on the same machine. */
  readonly url: string;
  readonly port: number;
  /** 64 hexadecimal digits; the first message of a connection carries it. Never in an address or a log. */
  readonly token: string;
}

/** A stage of a run: `run` is the run's folder, as RunStatus names it. */
export interface StreamName {
  readonly run: string;
  readonly stage: string;
}

/** viewer → hub, as JSON text. The first must be "hello", within 5 s. */
export type ViewerMessage =
  | { readonly version: 1; readonly kind: "hello"; readonly token: string }
  | Follow
  | ({ readonly kind: "unfollow" } & StreamName)
  | HeatMapRequest;

/** Answered with "records" and "heat-maps" frames from the cursors on, until "unfollow". Following again moves it. */
export interface Follow extends StreamName {
  readonly kind: "follow";
  /** Of the last "records" frame that the viewer has kept; absent: from the first record. */
  readonly cursor?: string;
  /** Of the last "heat-maps" frame; absent: from the first one. */
  readonly heatMapCursor?: string;
  /** The newest heat map of each of these kernels is pushed whenever it is recorded. */
  readonly kernels?: readonly string[];
}

/** Answered with one "heat-map" frame, or "refused" where it is no longer there. */
export interface HeatMapRequest extends StreamName {
  readonly kind: "heat-map";
  /** HeatMapPlace.at, with its step and kernel. */
  readonly at: number;
  readonly step: number;
  readonly kernel: string;
}

/** hub → viewer. */
export type HubFrame =
  | { readonly kind: "welcome"; readonly version: 1 }
  | { readonly kind: "runs"; readonly runs: readonly RunStatus[] }
  | OverviewFrame
  | RecordsFrame
  | HeatMapsFrame
  | HeatMapFrame
  | RefusedFrame;

/**
 * Records `first`, `first + 1`, … of a stage's log. Where the viewer has records from `first` on, these replace them
 * all: a resumed stage records again what came after its checkpoint. `first` is 0, or where an earlier frame ended.
 */
export interface RecordsFrame extends StreamName {
  readonly kind: "records";
  readonly first: number;
  /** How many, of all kinds. */
  readonly count: number;
  /** Where to go on after this frame; opaque. */
  readonly cursor: string;
  /** This is all that was on the disk: what follows is live. */
  readonly caughtUp: boolean;
  /** Of the log as it is now, how much has been read: 0 to 1. */
  readonly share: number;
  /** The step records among them, in order. */
  readonly steps: StepColumns;
  /** The kernel statistics, in order. */
  readonly kernels: KernelTable;
  /** The others, in order: held-out figures, events. */
  readonly others: readonly OtherRecord[];
}

/**
 * A long log at a glance, before its records come: at most once, and only to a viewer that has none of them. Each step
 * stands for those since the one before; its `seconds` are the sum of theirs.
 */
export interface OverviewFrame extends StreamName {
  readonly kind: "overview";
  readonly steps: StepColumns;
  /** The validations. */
  readonly others: readonly OtherRecord[];
}

/** A frame as the hub sends it: columns as they are on the wire, in parts that follow each other. */
export type SentFrame =
  Exclude<HubFrame, RecordsFrame | OverviewFrame> | SentRecords | SentOverview;

type SentRecords = Omit<RecordsFrame, "steps" | "kernels"> & {
  readonly steps: readonly EncodedColumns[];
  readonly kernels: readonly EncodedKernels[];
};

type SentOverview = Omit<OverviewFrame, "steps"> & { readonly steps: readonly EncodedColumns[] };

/** Heat maps `first`, `first + 1`, … of a stage: which there are, without their values. As records, they replace. */
export interface HeatMapsFrame extends StreamName {
  readonly kind: "heat-maps";
  readonly first: number;
  readonly cursor: string;
  readonly caughtUp: boolean;
  readonly places: readonly HeatMapPlace[];
}

export interface HeatMapFrame extends StreamName {
  readonly kind: "heat-map";
  readonly at: number;
  readonly map: HeatMap;
}

/** A message that the hub cannot serve; the connection stays. */
export interface RefusedFrame {
  readonly kind: "refused";
  readonly message: string;
}

/** Codes with which the hub closes a connection. 4401 and 4400 are final; after others connect again. */
export const hubCloseCodes = { badMessage: 4400, badToken: 4401, full: 4429 } as const;
