/** Operations that look values up, or add them up, by index. */
import type {
  GatherV2Attrs,
  GatherV2Inputs,
  TensorInfo,
  UnsortedSegmentSumAttrs,
  UnsortedSegmentSumInputs,
} from "@tensorflow/tfjs-core";
import { operationKernels } from "../../operations";
import type { TraceBackend } from "../backend";
import { type Kernels, kernel } from "./kernel";
import { scatteredSum } from "./scattered";

interface Picking {
  readonly x: TensorInfo;
  readonly ids: TensorInfo;
}

export const indexingKernels: Kernels = {
  GatherV2: kernel<GatherV2Inputs, GatherV2Attrs>((trace, { x, indices }, attributes) => {
    const { axis, batchDims } = attributes;
    if (batchDims !== 0) {
      throw new RangeError(`Cannot trace the model: a gather with ${batchDims} batch dimensions`);
    }
    const along = axis < 0 ? axis + x.shape.length : axis;
    const shape = [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)];
    const name = trace.graph.node("Gather", [trace.nameOf(x), trace.nameOf(indices)], {
      attributes: { axis: along },
    });
    return trace.value(name, shape, x.dtype);
  }),
  UnsortedSegmentSum: kernel<UnsortedSegmentSumInputs, UnsortedSegmentSumAttrs>(
    (trace, { x, segmentIds }, { numSegments }) =>
      scatteredSum(trace, { x, ids: segmentIds, rows: numSegments }),
  ),
  [operationKernels.pick]: kernel<Picking>((trace, { x, ids }) => {
    const inputs = [trace.nameOf(x), column(trace, ids)];
    const picked = trace.graph.node("GatherElements", inputs, { attributes: { axis: 1 } });
    const name = trace.graph.node("Squeeze", [picked, trace.graph.integers([1])]);
    return trace.value(name, ids.shape, x.dtype);
  }),
  [operationKernels.addAt]: kernel<Picking & { readonly values: TensorInfo }>(
    (trace, { x, ids, values }) => {
      const inputs = [trace.nameOf(x), column(trace, ids), column(trace, values)];
      const attributes = { axis: 1, reduction: "add" };
      const name = trace.graph.node("ScatterElements", inputs, { attributes });
      return trace.value(name, x.shape, x.dtype);
    },
  ),
};

/** [N] → [N, 1] */
function column(trace: TraceBackend, x: TensorInfo): string {
  return trace.graph.node("Unsqueeze", [trace.nameOf(x), trace.graph.integers([1])]);
}
