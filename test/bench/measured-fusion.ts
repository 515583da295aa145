/** A fusion from the command line, and the copy of a file that it is held against. */
import { execFile } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { measureNode, type ProcessMeasurement } from "./measured-process";
import type { BenchContext } from "./result";

export interface FusedFolders {
  readonly parents: readonly string[];
  readonly child: string;
}

/** From nothing: a child that is there already goes first. */
export async function measureFusion(
  { parents, child }: FusedFolders,
  fill: number,
  context: BenchContext,
): Promise<ProcessMeasurement> {
  await rm(child, { recursive: true, force: true });
  const words = [...parents, "--out", child, "--method", "property", "--fill", String(fill)];
  return measureNode([cli(context), "fuse", ...words], context.signal);
}

export function cli({ dist }: BenchContext): string {
  return fileURLToPath(new URL("cli.js", dist));
}

/** Milliseconds: as cp does it, and onto the disk as a fusion does. */
export async function measureCopy(from: string, to: string): Promise<number> {
  const start = performance.now();
  await promisify(execFile)("cp", [from, to]);
  await syncFile(to);
  const ms = performance.now() - start;
  await rm(to);
  return ms;
}

export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r+");
  await handle.sync();
  await handle.close();
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
