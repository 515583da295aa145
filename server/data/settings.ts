/** Where text comes from and how it becomes examples. */

export interface CorpusSettings {
  readonly name: string;
  /** Absolute globs; or the embedded corpus. */
  readonly source:
    | { readonly kind: "files"; readonly globs: readonly string[] }
    | { readonly kind: "embedded"; readonly names: readonly ("moby-dick" | "sotu")[] };
  /** JSONL: the field that holds the text. */
  readonly field: string;
  /** Parquet: the column that holds the text. */
  readonly column: string;
  /** Fraction of documents held out, chosen by the hash of their content. */
  readonly holdout: number;
}

/** Span corruption (Raffel et al. 2020, section 3.1.4). */
export interface Objective {
  readonly noise_density: number;
  readonly mean_span_length: number;
}
