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
  /** Absolute paths of the files to keep with a checkpoint. */
  readonly files: readonly string[];
  /** Of what decides the ids: two tokenizers with the same hash give the same ids. */
  readonly sha256: string;
}
