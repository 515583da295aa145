/** The run log: `log.jsonl`, one record a line. A line that has `loss` is a step, one with `heldout_loss` a validation. */

export interface StepRecord {
  readonly step: number;
  /** Mean nats per target token over the step's batch. */
  readonly loss: number;
  /** Fraction of target tokens whose largest logit is right. */
  readonly accuracy: number;
  readonly learning_rate: number;
  /** Global norm before clipping. */
  readonly gradient_norm: number;
  /** Inputs and targets of this stage so far. */
  readonly tokens: number;
  /** Of this stage so far. */
  readonly flops: number;
  /** Of this step. */
  readonly seconds: number;
  readonly memory_bytes: number;
}

export interface HeldoutRecord {
  readonly step: number;
  readonly heldout_loss: number;
  readonly heldout_accuracy: number;
}

/** Statistics of one kernel; block statistics only where it has parts. */
export interface KernelRecord {
  readonly step: number;
  readonly kernel: string;
  readonly mean: number;
  readonly std: number;
  readonly max_abs: number;
  /** Frobenius norms of the diagonal and of the off-diagonal blocks. */
  readonly diagonal_norm?: number;
  readonly off_diagonal_norm?: number;
  /** max over pairs of parts ||W_ii - W_jj|| / ||W||; 0 is perfectly symmetric. Equal parts only. */
  readonly symmetry?: number;
}

export interface EventRecord {
  readonly step: number;
  /** "notice": something that the user should know and that stops nothing. */
  readonly event:
    "start" | "resume" | "notice" | "checkpoint" | "pause" | "stop" | "done" | "failed";
  readonly detail?: string;
}

/** Those that a log has few of: they travel as they are, the others as columns. */
export type OtherRecord = HeldoutRecord | EventRecord;

export type LogRecord = StepRecord | KernelRecord | OtherRecord;

/** One down-sampled kernel in heatmaps.bin; the values are float32, row-major, block means. */
export interface HeatMap {
  readonly step: number;
  readonly kernel: string;
  readonly rows: number;
  readonly columns: number;
  /** Of the kernel itself. */
  readonly shape: readonly [number, number];
  /** First rows and columns of the parts, in the kernel's own indices; [] where it has one part. */
  readonly rowBorders: readonly number[];
  readonly columnBorders: readonly number[];
  readonly values: Float32Array;
}
