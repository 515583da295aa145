import type { FuseOutput } from "../../../server/commands/fuse-output";

/** An output that keeps what a command says. */
export interface Spoken extends FuseOutput {
  readonly results: string[];
  readonly messages: string[];
  readonly documents: unknown[];
  forget(): void;
}

export function spoken(): Spoken {
  const results: string[] = [];
  const messages: string[] = [];
  const documents: unknown[] = [];
  return {
    results,
    messages,
    documents,
    result: (line) => results.push(line),
    message: (line) => messages.push(line),
    json: (value) => documents.push(value),
    forget: () => {
      results.length = messages.length = documents.length = 0;
    },
  };
}
