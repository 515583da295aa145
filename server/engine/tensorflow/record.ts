/** `engine.json` in an engine's folder: written last, so a folder that has it is whole. */
import { readFile } from "node:fs/promises";
import type { Surroundings } from "../engines-folder";
import { type Flavour, engineFiles, engineFolder, flavours } from "./place";

/** Where the TensorFlow library came from. */
export type Origin = "package" | "python" | "wheel";

export const origins: readonly Origin[] = ["package", "python", "wheel"];

export interface EngineRecord {
  readonly format: 1;
  readonly flavour: Flavour;
  readonly origin: Origin;
  /** Of the TensorFlow library: "2.21.0". */
  readonly tensorflow: string;
  /** Of @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu. */
  readonly package_version: string;
  /** The folder of the environment whose library it uses; of origin "python" only. */
  readonly environment?: string;
  readonly created_at: string;
}

export interface FoundEngine {
  readonly folder: string;
  readonly record: EngineRecord;
}

/** Undefined where none is set up. @throws {SyntaxError} its record cannot be understood */
export async function findEngine(
  flavour: Flavour,
  surroundings: Surroundings,
): Promise<FoundEngine | undefined> {
  const folder = engineFolder(flavour, surroundings);
  const file = engineFiles(folder, flavour).record;
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : { folder, record: parseRecord(text, file) };
}

/** @throws {SyntaxError} it is not such a record */
export function parseRecord(text: string, file: string): EngineRecord {
  const refuse = (reason: string): SyntaxError =>
    new SyntaxError(`Cannot read ${file}: ${reason}; set the engine up again`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
  const record = (value ?? {}) as Partial<Record<keyof EngineRecord, unknown>>;
  if (record.format !== 1) throw refuse(`its format is ${JSON.stringify(record.format)}, not 1`);
  const flavour = flavours.find((known) => known === record.flavour);
  const origin = origins.find((known) => known === record.origin);
  if (flavour === undefined || origin === undefined) throw refuse("it names no engine known here");
  const texts = [record.tensorflow, record.package_version, record.created_at];
  if (!texts.every((entry) => typeof entry === "string")) throw refuse("a version is missing");
  return value as EngineRecord;
}
