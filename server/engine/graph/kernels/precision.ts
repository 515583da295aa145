/**
 * Mixed precision: the factors of a product are rounded to float16, the product is made in it, and what comes out is
 * float32 again, as everything else is. What is rounded twice is one node, so that a graph rounds a weight once.
 *
 * Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018.
 */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { TraceBackend } from "../backend";
import { elementTypes } from "../onnx";

/** As a product takes it. */
export function factorOf(trace: TraceBackend, x: TensorInfo): string {
  const name = trace.nameOf(x);
  if (trace.precision === "float32") return name;
  const half = cast(trace, name, "float16");
  return isEmulated(trace) ? cast(trace, half, "float32") : half;
}

/** What a product made, as all others take it. */
export function productOf(trace: TraceBackend, made: string): string {
  if (trace.precision === "float32") return made;
  const half = isEmulated(trace) ? cast(trace, made, "float16") : made;
  return cast(trace, half, "float32");
}

/**
 * On the CPU products are made in float32 and rounded. Left to itself onnxruntime (1.30) makes them in float32 there
 * too, and rounds nothing.
 */
function isEmulated(trace: TraceBackend): boolean {
  return trace.device === "cpu";
}

function cast({ graph }: TraceBackend, x: string, type: "float16" | "float32"): string {
  return graph.node("Cast", [x], { attributes: { to: elementTypes[type] } });
}
