/** Where a command speaks: results on stdout, everything else on stderr. */
import type { Writable } from "node:stream";

export interface Output {
  /** One line of the result. */
  result(line: string): void;
  /** The one JSON document that `--json` asks for. */
  json(value: unknown): void;
  /** One line of what is going on, or wrong. */
  message(line: string): void;
  /** For lines that are drawn over. */
  readonly terminal: Terminal | undefined;
}

/** stderr, where it is a terminal. */
export interface Terminal {
  readonly columns: number;
  readonly color: boolean;
  write(text: string): void;
}

interface Stream extends Pick<Writable, "write"> {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface OutputOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function consoleOutput({ stdout, stderr, environment }: OutputOptions): Output {
  const drawn =
    stderr.isTTY === true && environment.TERM !== "dumb" && environment.CI === undefined;
  return {
    result: (line) => stdout.write(`${line}\n`),
    json: (value) => stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    message: (line) => stderr.write(`${line}\n`),
    terminal: drawn
      ? {
          get columns() {
            return stderr.columns ?? 80;
          },
          color: (environment.NO_COLOR ?? "") === "",
          write: (text) => stderr.write(text),
        }
      : undefined,
  };
}
