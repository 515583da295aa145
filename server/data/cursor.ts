/** Where a stream of batches stands: small plain JSON, from which it goes on exactly. */

/** Where the tokens of a block begin. */
export interface BlockStart {
  readonly epoch: number;
  readonly block: number;
  /** Rank of the shard in the epoch's order. */
  readonly shard: number;
  /** Of the document in its shard that the first token belongs to. */
  readonly offset: number;
  /** Tokens of that document that went into the block before. */
  readonly skip: number;
}

/** The next example is number `index` of the block that begins at the position given. */
export interface DataCursor extends BlockStart {
  readonly index: number;
  /** Fingerprint of the corpus. */
  readonly corpus: string;
}

export const beginning: BlockStart = { epoch: 0, block: 0, shard: 0, offset: 0, skip: 0 };

const counts = ["epoch", "block", "shard", "offset", "skip", "index"] as const;

/** @throws {SyntaxError} the JSON is not a cursor */
export function parseCursor(json: unknown, file: string): DataCursor {
  const fields = typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  for (const name of counts) {
    if (!Number.isSafeInteger(fields[name]) || Number(fields[name]) < 0) {
      throw new SyntaxError(
        `Cannot read the data cursor of ${file}: ${name} is ${JSON.stringify(fields[name])}, not a whole number from 0`,
      );
    }
  }
  if (typeof fields.corpus !== "string") {
    throw new SyntaxError(`Cannot read the data cursor of ${file}: corpus is missing`);
  }
  return json as DataCursor;
}
