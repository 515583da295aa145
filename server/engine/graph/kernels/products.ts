/** Matrix products, and the one normalisation that onnxruntime has ready. */
import { backend_util } from "@tensorflow/tfjs-core";
import type { BatchMatMulAttrs, BatchMatMulInputs, TensorInfo } from "@tensorflow/tfjs-core";
import { operationKernels } from "../../operations";
import { floatAttribute } from "../builder";
import { type Kernels, kernel } from "./kernel";

export const productKernels: Kernels = {
  BatchMatMul: kernel<BatchMatMulInputs, BatchMatMulAttrs>((trace, { a, b }, attributes) => {
    const { transposeA, transposeB } = attributes;
    const batch = backend_util.assertAndGetBroadcastShape(
      a.shape.slice(0, -2),
      b.shape.slice(0, -2),
    );
    const shape = [...batch, a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
    const inputs = [trace.nameOf(a), trace.nameOf(b)];
    const name =
      transposeA || transposeB
        ? trace.graph.node("FusedMatMul", inputs, {
            domain: "com.microsoft",
            attributes: { transA: Number(transposeA), transB: Number(transposeB) },
          })
        : trace.graph.node("MatMul", inputs);
    return trace.value(name, shape, "float32");
  }),
  [operationKernels.rmsNorm]: kernel<
    { readonly x: TensorInfo; readonly weight: TensorInfo },
    { readonly epsilon: number }
  >((trace, { x, weight }, { epsilon }) => {
    const inputs = [trace.nameOf(x), trace.nameOf(weight)];
    const [y, inverse] = trace.graph.nodes("SimplifiedLayerNormalization", inputs, {
      attributes: { axis: -1, epsilon: floatAttribute(epsilon) },
      outputs: 2,
    });
    return [
      trace.value(y!, x.shape, "float32"),
      trace.value(inverse!, x.shape.with(-1, 1), "float32"),
    ];
  }),
};
