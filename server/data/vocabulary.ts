/** What all kinds of vocabulary have in common: special tokens by name, and a hash of what the ids stand for. */
import { createHash } from "node:crypto";

/** Tokens by id; "" where an id has no token. */
export type Vocabulary = readonly string[];

export function sentinelName(index: number): string {
  return `<extra_id_${index}>`;
}

/** Ids of <extra_id_0>, <extra_id_1>, ... as far as they go. */
export function sentinelIds(idOf: (token: string) => number | undefined): number[] {
  const ids: number[] = [];
  for (;;) {
    const id = idOf(sentinelName(ids.length));
    if (id === undefined) return ids;
    ids.push(id);
  }
}

/** Equal for equal vocabularies, whatever kind of file they came from. */
export function vocabularySha256(vocabulary: Vocabulary): string {
  return createHash("sha256").update(JSON.stringify(vocabulary)).digest("hex");
}

/** Decodes runs of ordinary ids together, and shows each id of `special` as its name. */
export function decodeWith(
  ids: ArrayLike<number>,
  special: (id: number) => string | undefined,
  decode: (run: readonly number[]) => string,
): string {
  const pieces: string[] = [];
  let run: number[] = [];
  const flush = (): void => {
    if (run.length > 0) pieces.push(decode(run));
    run = [];
  };
  for (const id of Array.from(ids)) {
    const name = special(id);
    if (name === undefined) {
      run.push(id);
    } else {
      flush();
      pieces.push(name);
    }
  }
  flush();
  return pieces.join("");
}
