/** The CUDA provider that is set up here, for this program's onnxruntime. */
import { existsSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Surroundings } from "../../engines-folder";
import { bindingPath, libraryVersion, type OtherBinding } from "../library";
import { cudaFiles, cudaFolder, installCommand, whyNotHere } from "./place";

/** Where the provider came from: onnxruntime's own installer, or the wheel of onnxruntime-gpu. */
export type CudaOrigin = "package" | "wheel";

export interface CudaRecord {
  readonly format: 1;
  readonly flavour: "cuda";
  readonly origin: CudaOrigin;
  /** Its version, which is this program's too. */
  readonly onnxruntime: string;
  /** Of CUDA: what is loaded before it; none where the loader finds the system's. */
  readonly libraries: readonly string[];
  /** The Python environment that has them. */
  readonly environment?: string;
  readonly created_at: string;
}

/**
 * What a process loads in place of onnxruntime-node's native part.
 * @throws {Error} it is not set up, or of another version, or what it uses has gone; the message says what to do
 */
export async function findCuda(surroundings: Surroundings): Promise<OtherBinding> {
  const elsewhere = whyNotHere();
  if (elsewhere !== undefined) throw new Error(elsewhere);
  const folder = cudaFolder(surroundings);
  const { record, binding, provider } = cudaFiles(folder);
  const text = await readFile(record, "utf8").catch(() => undefined);
  if (text === undefined) throw new Error(`it is not set up; ${installCommand} does that`);
  const { onnxruntime, libraries } = parseRecord(text, record);
  const reason = whyNot(onnxruntime, libraries);
  if (reason !== undefined) throw new Error(`${reason}; ${installCommand} sets it up again`);
  return { own: bindingPath(), other: realpathSync(binding), provider, libraries };
}

function whyNot(onnxruntime: string, libraries: readonly string[]): string | undefined {
  const version = libraryVersion();
  if (onnxruntime !== version)
    return `it was set up for onnxruntime ${onnxruntime}, and this program has ${version}`;
  const gone = libraries.find((file) => !existsSync(file));
  return gone === undefined ? undefined : `${gone}, which it uses, has gone`;
}

/** @throws {SyntaxError} it is not such a record */
export function parseRecord(text: string, file: string): CudaRecord {
  const refuse = (reason: string): SyntaxError =>
    new SyntaxError(`Cannot read ${file}: ${reason}; ${installCommand} sets the engine up again`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
  const record = (value ?? {}) as Partial<Record<keyof CudaRecord, unknown>>;
  if (record.format !== 1) throw refuse(`its format is ${JSON.stringify(record.format)}, not 1`);
  const { onnxruntime, libraries } = record;
  if (typeof onnxruntime !== "string") throw refuse("the version of onnxruntime is missing");
  if (!Array.isArray(libraries) || !libraries.every((file) => typeof file === "string"))
    throw refuse("its libraries are no list of paths");
  return value as CudaRecord;
}
