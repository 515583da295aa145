/** Which of the set-up engines computes on a device. */
import type { Surroundings } from "../engines-folder";
import { type FoundEngine, findEngine } from "./record";

export const installCommands = {
  cpu: "npx deep-fusion doctor --install tensorflow",
  cuda: "npx deep-fusion doctor --install tensorflow-gpu",
} as const;

/**
 * On the CPU the CUDA engine computes too, where it alone is set up.
 * @throws {Error} none is set up; the message says how to
 */
export async function findForDevice(
  device: "cpu" | "cuda",
  surroundings: Surroundings,
): Promise<FoundEngine> {
  const found =
    (device === "cpu" ? await findEngine("tensorflow", surroundings) : undefined) ??
    (await findEngine("tensorflow-gpu", surroundings));
  if (found !== undefined) return found;
  throw new Error(`it is not set up; ${installCommands[device]} does that`);
}
