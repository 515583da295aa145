/** Every kernel that the graph engine has. */
import { binaryKernels } from "./binary";
import { creationKernels } from "./creation";
import { indexingKernels } from "./indexing";
import type { Kernels } from "./kernel";
import { productKernels } from "./products";
import { reductionKernels } from "./reduction";
import { shapeKernels } from "./shape";
import { unaryKernels } from "./unary";

export const kernels: Kernels = {
  ...unaryKernels,
  ...binaryKernels,
  ...reductionKernels,
  ...shapeKernels,
  ...creationKernels,
  ...indexingKernels,
  ...productKernels,
};
