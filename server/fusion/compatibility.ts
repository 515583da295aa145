/** Every reason why parents cannot be fused, found from configurations and shapes alone. */
import type { T5Configuration } from "../checkpoint/configuration";
import { parameterShapes } from "../checkpoint/parameters";
import type { FusionOptions, FusionParent } from "./parent";
import type { FusionFault } from "./refusal";

export function findFaults(
  parents: readonly FusionParent[],
  options: FusionOptions,
): readonly FusionFault[] {
  return [
    ...findCountFaults(parents, options),
    ...findSettingFaults(parents),
    ...findTokenizerFaults(parents),
    ...findVocabularyFaults(parents),
    ...findTensorFaults(parents),
  ];
}

function findCountFaults(
  parents: readonly FusionParent[],
  { copies }: FusionOptions,
): FusionFault[] {
  const fault = (key: string, reason: string, remedy: string): FusionFault[] => [
    { kind: "parents", key, values: [], reason, remedy },
  ];
  if (!Number.isSafeInteger(copies) || copies < 1) {
    return fault(`copies ${copies}`, "it must be a whole number from 1", "give 2 or more");
  }
  if (parents.length === 0) {
    return fault("no parents", "a fusion needs two", "name two checkpoints");
  }
  if (parents.length === 1 && copies === 1) {
    return fault("one parent", "a fusion needs two", "name a second one, or set copies to 2");
  }
  if (parents.length > 1 && copies > 1) {
    return fault(
      `copies ${copies} of ${parents.length} parents`,
      "only a single parent can be copied",
      "name each parent as often as it shall take part",
    );
  }
  return [];
}

/** Settings that say how a layer computes: one network can have only one value of each. */
const sharedSettings = [
  ["dense_act_fn", "the fused feed-forward layer has one activation"],
  ["is_gated_act", "the fused feed-forward layer is gated or not"],
  ["relative_attention_num_buckets", "the fused heads share the buckets of relative positions"],
  ["relative_attention_max_distance", "the fused heads share the buckets of relative positions"],
  ["layer_norm_epsilon", "the fused norms have one epsilon"],
  ["dropout_rate", "the fused network has one dropout rate"],
  ["pad_token_id", "the parents must read the same tokens"],
  ["eos_token_id", "the parents must read the same tokens"],
  ["decoder_start_token_id", "the parents must read the same tokens"],
] as const satisfies readonly (readonly [keyof T5Configuration, string])[];

function findSettingFaults(parents: readonly FusionParent[]): FusionFault[] {
  return sharedSettings.flatMap(([key, reason]) => {
    const values = parents.map((parent) => ({
      parent: parent.name,
      value: String(parent.configuration[key]),
    }));
    if (values.every(({ value }) => value === values[0]!.value)) return [];
    return [{ kind: "setting", key, values, reason, remedy: remedyFor(key) }] as const;
  });
}

function remedyFor(key: (typeof sharedSettings)[number][0]): string {
  return key === "dropout_rate"
    ? "give all parents one value, as dropout_rate of a recipe's model or in a checkpoint's config.json"
    : "fuse parents that were trained with the same value";
}

/** Parents without tokenizer files are compared by vocabulary size, which the plan's notes say. */
function findTokenizerFaults(parents: readonly FusionParent[]): FusionFault[] {
  const known = parents.flatMap(({ name, tokenizer }) =>
    tokenizer === undefined ? [] : [{ parent: name, tokenizer }],
  );
  if (known.every(({ tokenizer }) => tokenizer.sha256 === known[0]?.tokenizer.sha256)) return [];
  return [
    {
      kind: "tokenizer",
      key: "tokenizer",
      values: known.map(({ parent, tokenizer }) => ({
        parent,
        value: `SHA-256 ${tokenizer.sha256.slice(0, 12)}`,
      })),
      reason: "the same token must mean the same text in all parents",
      remedy: "fuse parents that were trained with the same tokenizer",
    },
  ];
}

/**
 * Rows that only some parents have: a row of zeros in the others would give its token logit 0 and cost loss, so
 * they must be padding beyond the tokenizer's last token, which the child can do without.
 */
function findVocabularyFaults(parents: readonly FusionParent[]): FusionFault[] {
  const sizes = parents.map((parent) => parent.configuration.vocab_size);
  const smallest = Math.min(...sizes);
  if (sizes.every((size) => size === smallest)) return [];
  const tokens = parents.find((parent) => parent.tokenizer !== undefined)?.tokenizer?.vocabSize;
  if (tokens !== undefined && tokens <= smallest) return [];
  return [
    {
      kind: "setting",
      key: "vocab_size",
      values: parents.map((parent, i) => ({ parent: parent.name, value: String(sizes[i]) })),
      reason:
        tokens === undefined
          ? "without tokenizer files it is not known whether the further rows are padding"
          : `the tokenizer has ${tokens} tokens, so the further rows are no padding`,
      remedy:
        tokens === undefined
          ? "put the tokenizer's files beside the weights"
          : "fuse parents with the same vocabulary",
    },
  ];
}

function findTensorFaults(parents: readonly FusionParent[]): FusionFault[] {
  return [...new Set(parents)].flatMap((parent) => {
    const expected = parameterShapes(parent.configuration);
    const faults: FusionFault[] = [];
    for (const [name, shape] of expected) {
      const actual = parent.shapes.get(name);
      if (actual?.join() !== shape.join()) {
        faults.push(tensorFault(parent.name, name, { actual, expected: shape }));
      }
    }
    for (const [name, actual] of parent.shapes) {
      if (!expected.has(name)) {
        faults.push(tensorFault(parent.name, name, { actual, expected: undefined }));
      }
    }
    return faults;
  });
}

type Shape = readonly number[];

function tensorFault(
  parent: string,
  key: string,
  shapes: { readonly actual: Shape | undefined; readonly expected: Shape | undefined },
): FusionFault {
  const { actual, expected } = shapes;
  return {
    kind: "tensor",
    key,
    values: [{ parent, value: actual === undefined ? "none" : `[${actual.join(", ")}]` }],
    reason:
      expected === undefined
        ? "a T5 of its configuration has no such tensor"
        : `its configuration asks for [${expected.join(", ")}]`,
    remedy: "check that config.json and the weights belong together",
  };
}
