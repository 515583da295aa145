/**
 * What a fusion will do, decided from configurations and shapes alone: the child's configuration, and for each of
 * its tensors where the parents' values go and by what factor. Nothing is read or written here.
 *
 * Parents i = 1..n of widths d_i; hidden states are concatenated (D = sum d_i), the head averages their logits.
 * Source: Mazzawi et al., "Deep Fusion", ICML 2024, Eq. 3-5, carried over to T5.
 */
import { unshared } from "../checkpoint/carried-tensors";
import type { T5Configuration } from "../checkpoint/configuration";
import { printable } from "../checkpoint/json";
import type { FusionMethod } from "../protocol/checkpoint";
import { findFaults } from "./compatibility";
import { type HeadKind, headOf } from "./head";
import { planTensors, type TensorPlan } from "./layout";
import type { FusionOptions, FusionParent } from "./parent";
import { FusionRefusal } from "./refusal";

export interface FusionPlan {
  readonly method: FusionMethod;
  /** Every parent as often as it takes part; at least two. */
  readonly parents: readonly FusionParent[];
  /** For each parent the first one that is the same model. */
  readonly twins: readonly number[];
  readonly head: HeadKind;
  readonly configuration: T5Configuration;
  readonly tensors: ReadonlyMap<string, TensorPlan>;
  /** Whether the child's logits equal the mean of the parents', but for rounding. */
  readonly exact: boolean;
  /** What was not checked, or is worth knowing; sentences. */
  readonly notes: readonly string[];
}

/** @throws {FusionRefusal} with every reason why these parents cannot be fused */
export function planFusion(
  givenParents: readonly FusionParent[],
  options: FusionOptions,
): FusionPlan {
  const faults = findFaults(givenParents, options);
  if (faults.length > 0) {
    throw new FusionRefusal(
      givenParents.map((parent) => parent.name),
      faults,
    );
  }
  const [first] = givenParents;
  const parents =
    givenParents.length === 1
      ? Array.from({ length: options.copies }, () => first!)
      : [...givenParents];
  const head = headOf(
    parents.map((parent) => parent.configuration),
    options.method,
  );
  const configuration = childConfiguration(
    parents.map((parent) => parent.configuration),
    options.method,
    head,
  );
  const twins = parents.map((parent) => parents.findIndex((other) => sameModel(parent, other)));
  return {
    method: options.method,
    parents,
    twins,
    head,
    configuration,
    tensors: planTensors(
      parents.map((parent) => parent.configuration),
      configuration,
    ),
    exact: options.method === "property" || isSelfFusion(parents, twins),
    notes: findNotes(parents, head),
  };
}

/** Under one RMSNorm a fusion is exact where all parts have the same RMS at every position: copies of one part. */
function isSelfFusion(parents: readonly FusionParent[], twins: readonly number[]): boolean {
  return twins.every((twin) => twin === 0) && parents[0]!.configuration.fusion_parts.length === 1;
}

function sameModel(one: FusionParent, other: FusionParent): boolean {
  if (one === other) return true;
  const alike = JSON.stringify(one.configuration) === JSON.stringify(other.configuration);
  return alike && one.identity !== undefined && one.identity === other.identity;
}

/** Of the child, where the parents fit; a single parent is given as often as it is taken. */
export function childConfiguration(
  configurations: readonly T5Configuration[],
  method: FusionMethod,
  head: HeadKind = headOf(configurations, method),
): T5Configuration {
  const sum = (key: "d_model" | "d_ff" | "num_heads") =>
    configurations.reduce((total, configuration) => total + configuration[key], 0);
  const max = (key: "d_kv" | "num_layers" | "num_decoder_layers") =>
    Math.max(...configurations.map((configuration) => configuration[key]));
  return {
    ...configurations[0]!,
    vocab_size: Math.min(...configurations.map((configuration) => configuration.vocab_size)),
    d_model: sum("d_model"),
    d_kv: max("d_kv"),
    d_ff: sum("d_ff"),
    num_heads: sum("num_heads"),
    num_layers: max("num_layers"),
    num_decoder_layers: max("num_decoder_layers"),
    tie_word_embeddings: head.tied,
    scale_decoder_outputs: head.scaled,
    fusion_parts:
      method === "property"
        ? configurations.flatMap((configuration) => configuration.fusion_parts)
        : [sum("d_model")],
  };
}

function findNotes(parents: readonly FusionParent[], { replaces }: HeadKind): string[] {
  const notes: string[] = [];
  if (replaces === "mixed") {
    notes.push("The parents' heads are of different kinds: the child's is untied and unscaled.");
  }
  if (replaces === "not stock") {
    notes.push(
      "transformers 4 scales a head exactly when it is tied, and would read one like the parents' wrongly: " +
        "the child's is untied and unscaled, and computes the same.",
    );
  }
  const silent = [
    ...new Set(
      parents.filter((parent) => parent.tokenizer === undefined).map((parent) => parent.name),
    ),
  ];
  const [first] = parents;
  if (silent.length > 0 && parents.some((parent) => parent !== first)) {
    notes.push(
      `${silent.join(", ")} ${silent.length === 1 ? "has" : "have"} no tokenizer files: ` +
        "vocabularies were compared by their size alone.",
    );
  }
  const odd = unshared(parents.map(({ carried = [] }) => carried));
  if (odd.length > 0) {
    notes.push(
      `Beside the weights lie ${odd.map(printable).join(", ")}, which not all parents have alike: the child goes without.`,
    );
  }
  const sizes = parents.map((parent) => parent.configuration.vocab_size);
  const smallest = Math.min(...sizes);
  if (sizes.some((size) => size > smallest)) {
    notes.push(
      `Embedding rows from ${smallest} on carry no token of the tokenizer and are left out: ` +
        "the child has no logit for them.",
    );
  }
  return notes;
}
