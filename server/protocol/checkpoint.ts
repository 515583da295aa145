/** What deep_fusion.json beside a checkpoint's weights says: where they came from, and the proof. */

export type FusionMethod = "property" | "rule" | "calibrated";

/** Cost, added up along the lineage. */
export interface Cost {
  readonly steps: number;
  readonly tokens: number;
  readonly flops: number;
  readonly device_seconds: number;
}

/** Parents and child on the same probe batches, before and after the fill. */
export interface Receipt {
  readonly method: FusionMethod;
  /** "exact": must pass `limit`; "drifts": reports only. */
  readonly kind: "exact" | "drifts";
  /** max |child - mean(parents)| / max |logit|, before the fill. */
  readonly drift: number;
  /** What an exact fusion had to stay below: max(1e-5, 4x the float32 noise of the parents). */
  readonly limit: number;
  readonly parent_losses: readonly number[];
  readonly child_loss: number;
  /** After the fill; absent without one. */
  readonly filled_drift?: number;
  readonly filled_loss?: number;
  readonly probe: { readonly source: string; readonly examples: number; readonly tokens: number };
}

export interface ParentReference {
  readonly name: string;
  /** SHA-256 over the weights' names, shapes and bytes. */
  readonly weights_sha256: string;
  readonly cost: Cost;
}

/** What made a checkpoint from its parents. */
export type Operation =
  | { readonly kind: "initialised"; readonly seed: number }
  | { readonly kind: "trained"; readonly steps: number }
  | {
      readonly kind: "fused";
      readonly method: FusionMethod;
      readonly fill: number;
      readonly seed: number;
      readonly optimizer: "grow" | "reset";
      readonly receipt: Receipt;
    }
  | { readonly kind: "imported"; readonly source: string };

/** A checkpoint further up the tree, parents included; `parents` are hashes of others in the same list. */
export interface Ancestor {
  readonly name: string;
  readonly weights_sha256: string;
  readonly operation: Operation;
  readonly own_cost: Cost;
  readonly parents: readonly string[];
}

/** A T5's sizes, under Hugging Face's names. */
export interface ModelDimensions {
  readonly d_model: number;
  readonly d_kv: number;
  readonly d_ff: number;
  readonly num_heads: number;
  readonly num_layers: number;
  readonly num_decoder_layers: number;
}

/** What one part of a fused model brought to its width; block borders of every kernel follow from these. */
export interface PartSizes {
  readonly d_model: number;
  readonly num_heads: number;
  readonly d_ff: number;
}

export interface Lineage {
  readonly version: 1;
  readonly created_by: string;
  readonly operation: Operation;
  /** In order; the same parent may stand here more than once (self-fusion). */
  readonly parents: readonly ParentReference[];
  /** Every ancestor once, nearest first. */
  readonly ancestors: readonly Ancestor[];
  /** Of this operation alone. */
  readonly own_cost: Cost;
  /** Own cost and that of all ancestors, each ancestor counted once. */
  readonly cost: Cost;
  /** Of a fused model and what is trained from it: its parts in order. Absent: one part. */
  readonly parts?: readonly PartSizes[];
}

/** Of a checkpoint that a fusion has made: enough for its badge. */
export interface FusionSummary {
  /** Names, as often as they take part. */
  readonly parents: readonly string[];
  readonly method: FusionMethod;
  readonly kind: Receipt["kind"];
  /** Before the fill. */
  readonly drift: number;
}
