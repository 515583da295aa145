/** Where a fusion speaks: results on stdout, what is going on or wrong on stderr. */
import type { Terminal } from "./output";

export interface FuseOutput {
  result(line: string): void;
  /** The one document that `--json` asks for. */
  json(value: unknown): void;
  message(line: string): void;
  /** For lines that are drawn over. */
  readonly terminal?: Terminal | undefined;
}
