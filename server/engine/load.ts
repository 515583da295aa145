/** Loads the graph engine when it is needed: onnxruntime has no binary for some machines, and a broken one may lie here. */
import { createRequire } from "node:module";
import type { graphEngine } from "./graph/engine";
import type { examineGraph } from "./graph/examine";
import type { operatorsOnCpu } from "./graph/operators-on-cpu";

/** @throws {Error} it cannot be loaded here: with the reason, and what to do */
export async function loadGraphEngine(): Promise<{
  readonly graphEngine: typeof graphEngine;
  readonly examineGraph: typeof examineGraph;
  readonly operatorsOnCpu: typeof operatorsOnCpu;
}> {
  try {
    // First by itself: what fails inside an import ends the process in Node 20, caught or not.
    createRequire(import.meta.url)("onnxruntime-node");
  } catch (cause) {
    const [reason] = String(cause instanceof Error ? cause.message : cause).split("\n");
    throw new Error(
      `Cannot load onnxruntime, which computes: ${reason}; install Deep Fusion for this machine ` +
        `(${process.platform}-${process.arch}) again`,
      { cause },
    );
  }
  const engine = await import("./graph/engine");
  const examine = await import("./graph/examine");
  const operators = await import("./graph/operators-on-cpu");
  return { ...engine, ...examine, ...operators };
}
