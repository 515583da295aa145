/** Operations of our own on TensorFlow's, where the composition in operations.ts would build [N, V] one-hots. */
import { range, registerKernel, stack, tidy } from "@tensorflow/tfjs-core";
import type { KernelBackend, Tensor } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engine";
import { operationKernels } from "../operations";

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number;
}

/** What of tfjs-node's NodeJSKernelBackend is used here. */
export interface TensorFlowBackend extends KernelBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: TensorFlowBinding;
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: Tensor[]): Tensor;
}

interface TensorFlowBinding {
  readonly TF_Version: string;
  readonly TF_ATTR_TYPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
}

export function registerKernels(backendName: string, backend: TensorFlowBackend): void {
  const register = (kernelName: string, compute: (inputs: Tensors) => Tensor): void => {
    registerKernel({
      kernelName,
      backendName,
      // What it makes on the way goes; what it returns stays.
      kernelFunc: ({ inputs }) => tidy(() => compute(inputs as Tensors)),
    });
  };
  const types = (named: Readonly<Record<string, "TF_FLOAT" | "TF_INT32">>): Attribute[] =>
    Object.entries(named).map(([name, type]) => ({
      name,
      type: backend.binding.TF_ATTR_TYPE,
      value: backend.binding[type],
    }));
  register(operationKernels.pick, ({ x, ids }) =>
    backend.executeSingleOutput("GatherNd", types({ Tparams: "TF_FLOAT", Tindices: "TF_INT32" }), [
      x!,
      places(ids!),
    ]),
  );
  register(operationKernels.addAt, ({ x, ids, values }) =>
    backend.executeSingleOutput(
      "TensorScatterAdd",
      types({ T: "TF_FLOAT", Tindices: "TF_INT32" }),
      [x!, places(ids!), values!],
    ),
  );
}

/** [n, ids[n]] for every n. Shapes: ids [N] → [N, 2]. */
function places(ids: Tensor): Tensor {
  return stack([range(0, ids.shape[0], 1, "int32"), ids], 1);
}
