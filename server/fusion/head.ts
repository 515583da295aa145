/**
 * How the child's head averages the parents' logits: F = (1/n) sum f_i.
 *
 * Parent i: f_i = H_i (s_i h_i), with h_i its final normalised state, H_i its embedding where tied and lm_head where
 * not, and s_i = d_i^-1/2 where it scales, else 1. The child sees h = [h_1 ... h_n] and, where it scales,
 * multiplies it by D^-1/2. The factor that makes up the difference goes into the head where that is a tensor of its
 * own, and into the scale of the decoder's final norm where the head is the embedding:
 *   tied, scaled: norm x (1/n) sqrt(D/d_i)      untied, scaled: H_i x (1/n) sqrt(D/d_i)
 *   tied, unscaled: norm x 1/n                  untied, unscaled: H_i x 1/n
 *   mixed parents: the child is untied and unscaled, H_i x s_i/n.
 * So is a child for stock code of parents that are tied and unscaled, or untied and scaled: before version 5
 * transformers scales a head exactly when it is tied, and would read such a child wrongly without a word.
 */
import type { T5Configuration } from "../checkpoint/configuration";
import type { FusionMethod } from "../protocol/checkpoint";

export interface HeadKind {
  readonly tied: boolean;
  readonly scaled: boolean;
  /** Why it is not the parents': theirs are of different kinds, or of one that stock code does not have. */
  readonly replaces?: "mixed" | "not stock";
}

export function headOf(parents: readonly T5Configuration[], method: FusionMethod): HeadKind {
  const first = parents[0]!;
  const mixed = parents.some(
    (parent) =>
      parent.tie_word_embeddings !== first.tie_word_embeddings ||
      parent.scale_decoder_outputs !== first.scale_decoder_outputs,
  );
  if (mixed) return { tied: false, scaled: false, replaces: "mixed" };
  const { tie_word_embeddings: tied, scale_decoder_outputs: scaled } = first;
  if (method === "property" || tied === scaled) return { tied, scaled };
  return { tied: false, scaled: false, replaces: "not stock" };
}

/** What parent i's head (or, where the child's is tied, its final norm's scale) is multiplied by, for each parent. */
export function headFactors(
  parents: readonly T5Configuration[],
  { scaled }: Pick<HeadKind, "scaled">,
): readonly number[] {
  const width = parents.reduce((sum, parent) => sum + parent.d_model, 0);
  const childScale = scaled ? width ** -0.5 : 1;
  return parents.map((parent) => {
    const parentScale = parent.scale_decoder_outputs ? parent.d_model ** -0.5 : 1;
    return parentScale / childScale / parents.length;
  });
}
