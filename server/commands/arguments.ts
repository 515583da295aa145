/** What several commands' options have in common. */
import { parseByteSize } from "../checkpoint/byte-size";
import { InvalidArgumentError, Option } from "commander";
import { devices, parsePlaces, type Place } from "../protocol/place";
import type { EngineChoice } from "../engine/choice";

export const json = ["--json", "print one JSON document on stdout"] as const;

export interface EngineFlags {
  readonly engine?: Exclude<EngineChoice["engine"], "auto">;
  readonly device?: EngineChoice["device"];
}

/** What a run computes with, where it does not choose for itself. */
export function runOptions(): readonly Option[] {
  const engines = ["auto", "graph", "tensorflow"];
  return [
    new Option("--engine <engine>", "what computes (default: the fastest here)").choices(engines),
    new Option(
      "--device <devices>",
      `where: ${devices.join(", ")}, cuda:1 for another card, or several with commas between, each of which trains ` +
        "a stage at a time (default: the fastest here)",
    ).argParser(places),
    new Option("--threads <n>", "threads of each stage (default: the cores' share)").argParser(
      wholeNumber,
    ),
    new Option(
      "--parallel <n>",
      "stages side by side at most (default: as many as are done first)",
    ).argParser(wholeNumber),
  ];
}

function places(text: string): readonly Place[] {
  try {
    return parsePlaces(text);
  } catch (error) {
    throw new InvalidArgumentError(`Cannot use it: ${(error as RangeError).message}.`);
  }
}

export function engineOption(): Option {
  const names = ["graph", "tensorflow"];
  return new Option("--engine <engine>", "what computes (default: graph)").choices(names);
}

export function deviceOption(): Option {
  return new Option("--device <device>", "where (default: cpu)").choices(devices);
}

export function chosenEngine({
  engine = "auto",
  device = "cpu",
}: Pick<Partial<EngineChoice>, "engine" | "device">): Pick<EngineChoice, "engine" | "device"> {
  return { engine, device };
}

export function byteSize(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError("Give a size such as 5GB, 200MB or 1GiB.");
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("Give a whole number from 1 on.");
}

export function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError("Give a number from 0 on, 0.01 say.");
}

export function seed(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 0xffff_ffff) return value;
  throw new InvalidArgumentError("Give a whole number from 0 to 4294967295.");
}

export function examples(...lines: readonly string[]): string {
  return `\nFor example:\n${lines.map((line) => `  deep-fusion ${line}\n`).join("")}`;
}

export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Give a number above 0.");
}

export function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError("Give a number above 0 and up to 1.");
}
