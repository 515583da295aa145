/**
 * Tensors on their way to the device and back, by sessions that do nothing: onnxruntime-node has no other way up,
 * and reading a device's tensor directly ends the process.
 */
import { Tensor } from "onnxruntime-node";
import type { Model } from "../onnx";
import type { Session } from "../session";
import type { Resident } from "./resident";

export interface Transfer {
  /** @returns a tensor on the device, which the caller disposes */
  upload(values: Float32Array, shape: readonly number[]): Promise<Tensor>;
  download(tensor: Tensor): Promise<Float32Array>;
}

export async function openTransfer({ open }: Resident): Promise<Transfer> {
  const up = await open(copying, ["to"]);
  const down = await open(copying);
  return {
    upload: (values, shape) => copy(up, new Tensor("float32", values, shape)),
    download: async (tensor) => {
      const values = new Float32Array(tensor.size);
      await down.run({ from: tensor }, { to: new Tensor("float32", values, tensor.dims) });
      return values;
    },
  };
}

async function copy(session: Session, from: Tensor): Promise<Tensor> {
  const { to } = await session.run({ from }, { to: null });
  return to!;
}

const copying: Model = {
  nodes: [{ operation: "Identity", domain: "", inputs: ["from"], outputs: ["to"], attributes: {} }],
  initializers: [],
  inputs: [{ name: "from", type: "float32", shape: "any" }],
  outputs: [{ name: "to", type: "float32", shape: "any" }],
};
