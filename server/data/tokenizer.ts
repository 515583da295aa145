/** Between text and token ids: one interface, whatever kind of file the vocabulary came from. */

export interface Tokenizer {
  readonly name: string;
  /** Ids that the tokenizer gives lie below; a model may have more rows. */
  readonly vocabSize: number;
  readonly padId: number;
  readonly eosId: number;
  /** How many sentinels there are. */
  readonly sentinels: number;
  /** Id of <extra_id_INDEX>, 0 <= index < sentinels. */
  sentinel(index: number): number;
  /** Without eos and without sentinels. */
  encode(text: string): Int32Array;
  /** For display. */
  decode(ids: ArrayLike<number>): string;
  /** Paths of the files to keep with a checkpoint; "bytes" needs none. */
  readonly files: readonly string[] | "bytes";
  /** Of the vocabulary: where it is equal, each id stands for the same token. */
  readonly sha256: string;
}
