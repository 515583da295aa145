/** The one place that switches tfjs's global backend, and always switches it back. */
import { getBackend, setBackend } from "@tensorflow/tfjs-core";
// Gradients are no part of tfjs-core's index.
import "@tensorflow/tfjs-core/dist/register_all_gradients";

/**
 * Calls `work` with tfjs on `backend`, which has been initialised before. `work` is synchronous: two engines
 * in one process can therefore never see each other's backend.
 */
export function onBackend<T>(backend: string, work: () => T): T {
  const previous = getBackend() as string | undefined;
  switchTo(backend);
  try {
    return work();
  } finally {
    if (previous !== undefined) switchTo(previous);
  }
}

/** Of an initialised backend, setBackend does all its work before it returns its promise. */
function switchTo(backend: string): void {
  void setBackend(backend);
  if (getBackend() !== backend) {
    throw new Error(`Cannot switch TensorFlow.js to its backend '${backend}': not initialised`);
  }
}
