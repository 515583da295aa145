/** A TensorFlow library that tfjs-node's native binding can be built against. */
import type { Work } from "../../install/work";

export interface Library {
  readonly origin: "python" | "wheel";
  /** As in "TensorFlow 2.21.0 of /home/ada/venv". */
  readonly title: string;
  readonly tensorflow: string;
  /** The Python environment whose files it uses. */
  readonly environment?: string;
  /** Puts its lib/ and include/ into `folder`, which is there and empty. */
  place(folder: string, work: Work): Promise<void>;
}

export const libraryNames = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const;

/** The oldest whose C interface and headers have been built against. */
export const oldestTensorFlow = [2, 18] as const;
