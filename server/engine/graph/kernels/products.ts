/** Matrix products, and the one normalisation that onnxruntime has ready. */
import { backend_util } from "@tensorflow/tfjs-core";
import type { BatchMatMulAttrs, BatchMatMulInputs, TensorInfo } from "@tensorflow/tfjs-core";
import { operationKernels } from "../../operations";
import type { TraceBackend } from "../backend";
import { floatAttribute } from "../builder";
import { type Kernels, kernel } from "./kernel";
import { factorOf, productOf } from "./precision";

export const productKernels: Kernels = {
  BatchMatMul: kernel<BatchMatMulInputs, BatchMatMulAttrs>((trace, { a, b }, attributes) => {
    const { transposeA, transposeB } = attributes;
    const batch = backend_util.assertAndGetBroadcastShape(
      a.shape.slice(0, -2),
      b.shape.slice(0, -2),
    );
    const shape = [...batch, a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
    const made = product(trace, { a, b, transposeA, transposeB });
    return trace.value(productOf(trace, made), shape, "float32");
  }),
  [operationKernels.rmsNorm]: kernel<
    { readonly x: TensorInfo; readonly weight: TensorInfo },
    { readonly epsilon: number }
  >((trace, { x, weight }, { epsilon }) => {
    const inputs = [trace.nameOf(x), trace.nameOf(weight)];
    const hasInverse = trace.device === "cpu";
    const [y, inverse = inverseRoot(trace, x, epsilon)] = trace.graph.nodes(
      "SimplifiedLayerNormalization",
      inputs,
      {
        attributes: { axis: -1, epsilon: floatAttribute(epsilon) },
        outputs: hasInverse ? 2 : 1,
      },
    );
    return [
      trace.value(y!, x.shape, "float32"),
      trace.value(inverse, x.shape.with(-1, 1), "float32"),
    ];
  }),
};

interface Product {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

function product(trace: TraceBackend, { a, b, transposeA, transposeB }: Product): string {
  const { graph } = trace;
  const inputs = [factorOf(trace, a), factorOf(trace, b)] as const;
  const attributes = { transA: Number(transposeA), transB: Number(transposeB) };
  if (!transposeA && !transposeB) return graph.node("MatMul", inputs);
  if (trace.device !== "webgpu")
    return graph.node("FusedMatMul", inputs, { domain: "com.microsoft", attributes });
  // WebGPU has no such operation, and would leave it to the CPU (onnxruntime 1.30).
  if (a.shape.length === 2 && b.shape.length === 2)
    return graph.node("Gemm", inputs, { attributes });
  return graph.node("MatMul", [
    transposeA ? swapped(trace, inputs[0], a.shape.length) : inputs[0],
    transposeB ? swapped(trace, inputs[1], b.shape.length) : inputs[1],
  ]);
}

/** The last two axes change places. */
function swapped({ graph }: TraceBackend, x: string, rank: number): string {
  const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  return graph.node("Transpose", [x], { attributes: { perm } });
}

/** 1 / √(mean x² + ε) along the last axis, which WebGPU's normalisation does not return (onnxruntime 1.30). */
function inverseRoot(trace: TraceBackend, x: TensorInfo, epsilon: number): string {
  const { graph } = trace;
  const squares = graph.node("Mul", [trace.nameOf(x), trace.nameOf(x)]);
  const mean = graph.node("ReduceMean", [squares, graph.integers([-1])], {
    attributes: { keepdims: 1 },
  });
  const root = graph.node("Sqrt", [graph.node("Add", [mean, graph.number(epsilon)])]);
  return graph.node("Reciprocal", [root]);
}
