/**
 * RUN/control.json: what whoever watches a run asks of the process that runs it. A file works the same on every
 * platform, and from any process: { "request": "pause" | "resume" | "stop", "pid": 4711 }; a second "stop" is one that does not wait. The runner takes it away
 * as it obeys; a request for another process, or for one that has gone, is taken away unheard.
 */
import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { replaceText } from "../files/replace-file";
import type { ControlRequest } from "../protocol/runs";
import { isMissing, runFiles } from "./run-folder";

export interface ControlFile {
  readonly request: ControlRequest;
  /** The runner it is for; absent: whichever runs. */
  readonly pid?: number;
}

export function writeControl(run: string, control: ControlFile): Promise<void> {
  return replaceText(join(run, runFiles.control), `${JSON.stringify(control)}\n`);
}

/** A request that is not taken yet. */
export async function readControl(run: string): Promise<ControlFile | undefined> {
  return parse(await textOf(join(run, runFiles.control)));
}

/** Renamed before it is read: a request written meanwhile is another file, and is not lost. */
export async function takeControl(run: string): Promise<ControlFile | undefined> {
  const file = join(run, runFiles.control);
  const taken = `${file}.taken`;
  try {
    await rename(file, taken);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const control = parse(await textOf(taken));
  await rm(taken, { force: true });
  return control;
}

async function textOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}

/** Undefined where it is no request: nobody is harmed by a file that says nothing. */
function parse(text: string): ControlFile | undefined {
  try {
    const control = JSON.parse(text) as Partial<Record<keyof ControlFile, unknown>> | null;
    if (control === null || !isRequest(control.request)) return undefined;
    const { request, pid } = control;
    return typeof pid === "number" ? { request, pid } : { request };
  } catch {
    return undefined;
  }
}

function isRequest(value: unknown): value is ControlRequest {
  return value === "pause" || value === "resume" || value === "stop";
}
