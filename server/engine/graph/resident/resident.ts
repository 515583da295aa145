/** What a device that keeps its tensors gives to those that compile for it. */
import type { Model } from "../onnx";
import type { Session } from "../session";

export interface Resident {
  readonly device: "webgpu";
  /** @param outputs those that stay on the device; the others come back */
  readonly open: (model: Model, outputs?: readonly string[]) => Promise<Session>;
  /** The same for what may fail: nobody but the caller hears of it. */
  readonly openQuietly: (model: Model) => Promise<Session>;
}
