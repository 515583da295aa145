/** Step records as columns. */
import type { Columns } from "./columns";

/** Names of the columns, as in StepRecord, in the order of the bytes. */
export const stepColumns = [
  "step",
  "loss",
  "accuracy",
  "learning_rate",
  "gradient_norm",
  "tokens",
  "flops",
  "seconds",
  "memory_bytes",
] as const;

export type StepColumns = Columns<(typeof stepColumns)[number]>;
