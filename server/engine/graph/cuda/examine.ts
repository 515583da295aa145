/** Whether the graph engine computes by CUDA, and whether it is only the card that is missing. */
import { dirname } from "node:path";
import { reasonOf } from "../../device-error";
import { examineGraph, type ExamineOptions } from "../examine";
import { cudaEnvironment } from "./place";

/** All that is set up was loaded, and found no card that it can use. */
export class MissingCard extends Error {
  override readonly name = "MissingCard";
}

/** The driver's library is missing, cudaErrorInsufficientDriver and cudaErrorNoDevice: CUDA's library says one or the other of a machine without a card. */
const withoutCard =
  /libcuda\.so\.1: cannot open|CUDA (?:failure|error) (?:35|100):|no CUDA-capable device|CUDA driver version is insufficient/i;

/**
 * @throws {MissingCard} there is no card, or no driver of it
 * @throws {Error} it does not compute for another reason
 */
export async function examineCuda(
  options: Required<Pick<ExamineOptions, "binding">> & Pick<ExamineOptions, "signal" | "precision">,
): Promise<void> {
  try {
    const environment = { ...cudaEnvironment(), ...searching(options.binding?.libraries ?? []) };
    await examineGraph({ device: "cuda", environment, ...options });
  } catch (error) {
    options.signal?.throwIfAborted();
    const said = reasonOf(error);
    if (!withoutCard.test(said)) throw new Error(said, { cause: error });
    throw new MissingCard(`CUDA finds no NVIDIA card with a driver here (${said})`, {
      cause: error,
    });
  }
}

/** Where the loader of a process that is yet to start finds them; a running one takes them one by one. */
function searching(libraries: readonly string[]): Record<string, string> {
  const { LD_LIBRARY_PATH } = process.env;
  const folders = [...new Set(libraries.map((file) => dirname(file)))];
  return { LD_LIBRARY_PATH: [...folders, LD_LIBRARY_PATH].filter(Boolean).join(":") };
}
