/**
 * Operations that the model is made of beyond tfjs-core's own. Each is a tfjs kernel where the backend has one
 * (the graph engine emits a fused ONNX node), and a composition of tfjs-core operations elsewhere; gradients
 * are written out here, once, for both.
 */
import {
  LogSoftmax,
  add,
  argMax,
  cast,
  customGrad,
  div,
  engine,
  equal,
  erf,
  exp,
  expandDims,
  getBackend,
  getKernel,
  greaterEqual,
  logSoftmax,
  matMul,
  maximum,
  mean,
  mul,
  neg,
  oneHot,
  reshape,
  rsqrt,
  scalar,
  sigmoid,
  softmax,
  square,
  sub,
  sum,
} from "@tensorflow/tfjs-core";
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/** Names of the kernels that a backend may implement. */
export const operationKernels = {
  /** { x [..., D], weight [D] }, { epsilon } → y [..., D], inverse RMS [..., 1] */
  rmsNorm: "DeepFusionRmsNorm",
  /** { x [N, V], ids [N] int32 } → x[n, ids[n]] as [N]; ids outside 0..V-1 are not allowed */
  pick: "DeepFusionPick",
  /** { x [N, V], ids [N] int32, values [N] } → x with values[n] added at [n, ids[n]] */
  addAt: "DeepFusionAddAt",
} as const;

/** Labels of this value are no targets. */
export const ignoredLabel = -100;

/**
 * y = x / sqrt(mean(x²) + epsilon) · weight over the last axis, T5's layer norm (Zhang & Sennrich 2019).
 * Shapes: x [..., D], weight [D] → [..., D].
 */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon: number): Tensor {
  const width = x.shape.at(-1);
  if (weight.rank !== 1 || weight.shape[0] !== width) {
    throw new TypeError(
      `Cannot normalise: x has shape [${x.shape.join(", ")}], weight [${weight.shape.join(", ")}]`,
    );
  }
  return customGrad((...tensors) => {
    const [value, scale, save] = tensors as unknown as [Tensor, Tensor, GradSaver];
    const [y, inverse] = normalised(value, scale, epsilon);
    save([value, scale, inverse]);
    return { value: y, gradFunc: (dy, saved) => rmsNormGradient(dy, saved) };
  })(x, weight);
}

type GradSaver = (tensors: Tensor[]) => void;

function normalised(x: Tensor, weight: Tensor, epsilon: number): [Tensor, Tensor] {
  return fused({
    kernel: operationKernels.rmsNorm,
    inputs: { x, weight },
    attributes: { epsilon },
    otherwise: () => {
      const inverse = rsqrt(add(mean(square(x), -1, true), epsilon));
      return [mul(mul(x, inverse), weight), inverse];
    },
  }) as [Tensor, Tensor];
}

/** With r the inverse RMS and t = dy · weight: dx = r (t − x r² mean(t x)), dweight = Σ dy x r. */
function rmsNormGradient(dy: Tensor, [x, weight, inverse]: Tensor[]): [Tensor, Tensor] {
  const unscaled = mul(x!, inverse!);
  const t = mul(dy, weight!);
  const dx = mul(inverse!, sub(t, mul(unscaled, mean(mul(t, unscaled), -1, true))));
  const width = weight!.shape[0];
  const dweight = sum(reshape(mul(dy, unscaled), [-1, width]), 0);
  return [dx, dweight];
}

/**
 * y = softmax(scores) · v over the last axis of the scores. Since Σ_k p_k dp_k = dy · y, the gradient of the scores
 * is p (dp − dy · y), which needs one product of the whole matrix less than softmax's own (Dao et al. 2022, B.2).
 * Shapes: scores [..., queries, keys], v [..., keys, D] → [..., queries, D].
 */
export function softmaxMix(scores: Tensor, v: Tensor): Tensor {
  return customGrad((...tensors) => {
    const [given, values, save] = tensors as unknown as [Tensor, Tensor, GradSaver];
    const p = softmax(given);
    const y = matMul(p, values);
    save([p, values, y]);
    return {
      value: y,
      gradFunc: (dy, saved) => {
        const [shares, kept, mixed] = saved as [Tensor, Tensor, Tensor];
        const own = sum(mul(dy, mixed), -1, true); // [..., queries, 1]
        const dp = matMul(dy, kept, false, true);
        return [mul(shares, sub(dp, own)), matMul(shares, dy, true, false)];
      },
    };
  })(scores, v);
}

/**
 * Cross-entropy by label index, and whether the largest logit (the first of equal ones) is the label.
 * Shapes: logits [N, V], labels [N] int32 in 0..V-1 or `ignoredLabel` → nll [N], correct [N]; both are zero
 * where the label is ignored. Only nll has a gradient.
 */
export function tokenCrossEntropy(
  logits: Tensor2D,
  labels: Tensor1D,
): { nll: Tensor1D; correct: Tensor1D } {
  const first = scalar(0, "int32");
  const valid = cast(greaterEqual(labels, first), "float32");
  const ids = maximum(labels, first);
  const perToken = customGrad((...tensors) => {
    const [x, save] = tensors as unknown as [Tensor2D, GradSaver];
    const logProbabilities = logProbability(x);
    save([logProbabilities, ids]);
    return {
      value: neg(pick(logProbabilities, ids)),
      gradFunc: (dy, saved) => {
        const scale = dy as Tensor1D;
        const [logged, kept] = saved as [Tensor2D, Tensor1D];
        return addAt(mul(exp(logged), expandDims(scale, 1)), kept, neg(scale));
      },
    };
  })(logits);
  return {
    nll: mul(perToken, valid),
    correct: cast(equal(argMax(logits, 1), labels), "float32"),
  };
}

/** tfjs-core's own is a chain of five operations, each over all logits. No gradient of its own. */
function logProbability(logits: Tensor2D): Tensor2D {
  const [made] = fused({
    kernel: LogSoftmax,
    inputs: { logits },
    attributes: { axis: 1 },
    otherwise: () => [logSoftmax(logits)],
  });
  return made as Tensor2D;
}

/** x[n, ids[n]]; no gradient of its own. Shapes: x [N, V], ids [N] int32 → [N]. */
function pick(x: Tensor2D, ids: Tensor): Tensor1D {
  const [picked] = fused({
    kernel: operationKernels.pick,
    inputs: { x, ids },
    attributes: {},
    otherwise: () => [sum(mul(x, oneHot(ids, x.shape[1])), 1)],
  });
  return picked as Tensor1D;
}

/** x with values[n] added at [n, ids[n]]. Shapes: x [N, V], ids [N] int32, values [N] → [N, V]. */
function addAt(x: Tensor, ids: Tensor, values: Tensor): Tensor {
  const depth = x.shape[1]!;
  const [added] = fused({
    kernel: operationKernels.addAt,
    inputs: { x, ids, values },
    attributes: {},
    otherwise: () => [add(x, mul(oneHot(ids, depth), expandDims(values, 1)))],
  });
  return added!;
}

/** Tanh form of GELU, "gelu_new": x σ(2 √(2/π) (x + 0.044715 x³)) (Hendrycks & Gimpel 2016). */
export function geluTanh(x: Tensor): Tensor {
  return gatedBySigmoid(x, 2 * Math.sqrt(2 / Math.PI), 0.044715);
}

/** x σ(x), also called swish (Elfwing et al. 2017). */
export function silu(x: Tensor): Tensor {
  return gatedBySigmoid(x, 1, 0);
}

/** x s with s = σ(a x + a c x³); the derivative is s + x s (1 − s) (a + 3 a c x²). */
function gatedBySigmoid(x: Tensor, slope: number, cubic: number): Tensor {
  return customGrad((...tensors) => {
    const [value, save] = tensors as unknown as [Tensor, GradSaver];
    const gate = sigmoid(mul(value, polynomial(value, slope, slope * cubic)));
    const y = mul(value, gate);
    save([value, gate, y]);
    return {
      value: y,
      gradFunc: (dy, saved) => {
        const [kept, s, product] = saved as [Tensor, Tensor, Tensor];
        const steepness = polynomial(kept, slope, 3 * slope * cubic);
        return mul(dy, add(s, mul(sub(product, mul(product, s)), steepness)));
      },
    };
  })(x);
}

/** constant + coefficient x² */
function polynomial(x: Tensor, constant: number, coefficient: number): Tensor | number {
  return coefficient === 0 ? constant : add(mul(square(x), coefficient), constant);
}

/** x Φ(x), the erf form of GELU (Hendrycks & Gimpel 2016); its derivative is Φ(x) + x φ(x). */
export function geluErf(x: Tensor): Tensor {
  return customGrad((...tensors) => {
    const [value, save] = tensors as unknown as [Tensor, GradSaver];
    const distribution = mul(add(erf(mul(value, Math.SQRT1_2)), 1), 0.5);
    save([value, distribution]);
    return {
      value: mul(value, distribution),
      gradFunc: (dy, saved) => {
        const [kept, phi] = saved as [Tensor, Tensor];
        const density = div(exp(mul(square(kept), -0.5)), Math.sqrt(2 * Math.PI));
        return mul(dy, add(phi, mul(kept, density)));
      },
    };
  })(x);
}

interface Fused {
  readonly kernel: string;
  readonly inputs: NamedTensorMap;
  readonly attributes: Readonly<Record<string, number>>;
  readonly otherwise: () => Tensor[];
}

function fused({ kernel, inputs, attributes, otherwise }: Fused): Tensor[] {
  // Typed as always there, but undefined for an unknown kernel.
  const known: unknown = getKernel(kernel, getBackend());
  if (known === undefined) return otherwise();

  const outputs = engine().runKernel(kernel, inputs, { ...attributes });
  return Array.isArray(outputs) ? outputs : [outputs];
}
