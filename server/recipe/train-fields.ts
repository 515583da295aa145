/** The keys of `defaults.train` and of every train stage. */
import type { Fields, NumberType } from "./schema";

const wholeFrom = (least: number, most: number = Number.MAX_SAFE_INTEGER): NumberType => ({
  kind: "number",
  whole: true,
  least,
  most,
});
const fraction: NumberType = { kind: "number", whole: false, least: 0, most: 1 };
const belowOne: NumberType = { ...fraction, open: "most" };
const positive: NumberType = {
  kind: "number",
  whole: false,
  least: 0,
  most: Infinity,
  open: "both",
};

const peak: Fields = {
  peak: {
    type: positive,
    defaultText: "adafactor 0.01, adamw 0.001, sgd 0.1; with inverse_sqrt a hundred times that",
    meaning:
      "Learning rate at the top; with inverse_sqrt the factor of 1/sqrt(max(step + offset, 10000)).",
  },
  warmup: {
    type: wholeFrom(0),
    default: 0,
    meaning: "Steps in which the rate rises from zero in a straight line.",
  },
};

const floor: Fields = {
  floor: { type: fraction, default: 0, meaning: "Where the rate ends, as a fraction of `peak`." },
};

export const scheduleOptions: Readonly<Record<string, Fields>> = {
  inverse_sqrt: {
    ...peak,
    offset: {
      type: wholeFrom(0),
      default: 0,
      meaning: "Added to the step: a child goes on where its parents' schedule stood.",
      source: "Mazzawi et al. 2024, section 5.1",
    },
  },
  wsd: {
    ...peak,
    decay: {
      type: { ...fraction, open: "least" },
      default: 0.3,
      meaning:
        "Fraction of the steps, at the end, in which the rate falls to zero in a straight line.",
    },
  },
  cosine: { ...peak, ...floor },
  linear: { ...peak, ...floor },
  constant: peak,
};

export const optimizerOptions: Readonly<Record<string, Fields>> = {
  adafactor: {
    decay: {
      type: { ...fraction, open: "both" },
      default: 0.8,
      meaning: "Exponent of the second moment's decay, 1 - step^-decay.",
      source: "t5x",
    },
    clipping: {
      type: positive,
      default: 1,
      meaning: "Greatest root mean square of an update.",
      source: "t5x",
    },
    multiply_by_parameter_scale: {
      type: { kind: "boolean" },
      default: true,
      meaning: "Whether the step is relative to the root mean square of the weights.",
      source: "t5x",
    },
  },
  adamw: {
    beta1: { type: belowOne, default: 0.9, meaning: "Decay of the first moment." },
    beta2: { type: belowOne, default: 0.999, meaning: "Decay of the second moment." },
    epsilon: { type: positive, default: 1e-8, meaning: "Added to the root of the second moment." },
    weight_decay: {
      type: { kind: "number", whole: false, least: 0, most: 1 },
      default: 0.01,
      meaning: "Decoupled weight decay, times the learning rate.",
    },
  },
  sgd: {
    momentum: { type: belowOne, default: 0, meaning: "Decay of the velocity; 0: none." },
  },
};

export const trainFields: Fields = {
  corpus: {
    type: { kind: "reference", to: ["corpus"] },
    defaultText: "the only corpus there is",
    meaning: "What is read.",
  },
  inputs: {
    type: wholeFrom(8, 65_536),
    default: 512,
    meaning:
      "Encoder tokens of an example; how many raw tokens that takes, and the length of the target, follow from the objective (568 and 114 for 512).",
    source: "Raffel et al. 2020",
  },
  batch: { type: wholeFrom(1, 65_536), default: 16, meaning: "Examples a step." },
  micro_batch: {
    type: wholeFrom(1, 65_536),
    defaultText: "`batch`",
    meaning: "Examples that go through the model at once, to save memory; divides `batch`.",
  },
  steps: {
    type: wholeFrom(1, 100_000_000),
    required: true,
    meaning: "Optimizer updates.",
  },
  seed: {
    type: wholeFrom(0, 4_294_967_295),
    default: 0,
    meaning: "Of the order of the data and, for a model, of its initial weights.",
  },
  optimizer: {
    type: { kind: "tagged", options: optimizerOptions },
    default: "adafactor",
    meaning: "How gradients become steps.",
    source: "T5 used Adafactor",
  },
  schedule: {
    type: { kind: "tagged", options: scheduleOptions },
    default: "inverse_sqrt",
    meaning:
      "The learning rate over the steps. inverse_sqrt: T5's. wsd: flat, then linear to zero. cosine and linear: down to `floor`. A stage's keys are added to the defaults', unless it names another `kind`.",
    source: "Raffel et al. 2020, section 3.1.2",
  },
  gradient_clipping: {
    type: { kind: "number", whole: false, least: 0, most: Infinity, open: "most" },
    defaultText: "adafactor 0, others 1",
    meaning: "Global norm above which gradients are scaled down; 0: never.",
  },
  precision: {
    type: { kind: "choice", values: ["float32", "float16"] },
    default: "float32",
    meaning:
      "What matrix products are computed in; weights, sums and all else are float32 in both. float16 is for graphics cards that have it (`deep-fusion doctor` says so): the loss is scaled so that small gradients are not lost, and a batch whose gradients are too large is skipped. On the CPU it is slower than float32, and the TensorFlow engine does not have it.",
    source: "Micikevicius et al. 2018",
  },
  recompute: {
    type: { kind: "boolean" },
    default: false,
    meaning:
      "Whether the backward pass computes the inside of each sublayer anew instead of keeping it (gradient checkpointing): much less memory for long inputs or many examples at once, a tenth to a third more time, the same result. For when memory is short; a stage that has begun goes on with it. The TensorFlow engine does not have it.",
    source: "Chen et al. 2016",
  },
  evaluate_every: {
    type: wholeFrom(0),
    default: 200,
    meaning:
      "Steps between validations; 0: only after the last, and before the first of a model that is trained on.",
  },
  evaluate_examples: {
    type: wholeFrom(1, 10_000_000),
    default: 256,
    meaning: "Held-out examples of a validation.",
  },
  checkpoint_every: {
    type: wholeFrom(0),
    default: 200,
    meaning: "Steps between checkpoints; 0: only the last.",
  },
  heatmaps_every: {
    type: wholeFrom(0),
    default: 100,
    meaning: "Steps between pictures and statistics of the kernels; 0: none.",
  },
};
