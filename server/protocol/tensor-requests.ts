/** What the extension asks the server for the page of a .safetensors file. */
import { RequestType } from "vscode-jsonrpc";
import type { TensorFile, TensorPicture, TensorStatistics } from "./tensors";

/** extension → server. Reads the header only, whatever the size. */
export const readTensorFile = new RequestType<{ readonly path: string }, TensorFile, void>(
  "deepFusion/tensors/file",
);

/** On the wire: little-endian float32, in base64. */
export interface WirePicture extends Omit<TensorPicture, "values"> {
  readonly base64: string;
}

export interface TensorInspection {
  readonly statistics: TensorStatistics;
  /** Absent for a scalar and an empty tensor. */
  readonly picture?: WirePicture;
}

/** extension → server. Reads that tensor's values; safe to cancel. */
export const inspectTensor = new RequestType<
  { readonly path: string; readonly name: string },
  TensorInspection,
  void
>("deepFusion/tensors/inspect");
