/** `deep-fusion report RUN… --out FILE.html`: one self-contained page about one or several runs. */
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { ReportPayload, ReportRun } from "../protocol/report";
import { reportPage } from "./report-page";
import { replaceFile } from "../files/replace-file";
import { readReportRun } from "./report-run";
import { reasonOf } from "../files/system-reason";

export interface ReportOptions {
  /** Folders of runs. */
  readonly runs: readonly string[];
  /** The page to write; replaced only once it is complete. */
  readonly out: string;
  /** Where the bundled browser code lies: report.js and report.css. */
  readonly assets: URL;
  /** "deep-fusion 0.1.0". */
  readonly createdBy: string;
  readonly now: () => Date;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly run: string; readonly of: number }) => void;
}

export interface ReportResult {
  /** Absolute. */
  readonly file: string;
  readonly bytes: number;
  readonly runs: readonly string[];
  readonly stages: number;
}

/** @throws {Error} a folder is not a run's, or a file in it is damaged: nothing is written */
export async function report(options: ReportOptions): Promise<ReportResult> {
  const payload = await readPayload(options);
  const { assets } = options;
  const html = reportPage({
    payload,
    script: await readFile(new URL("report.js", assets), "utf8"),
    style: await readFile(new URL("report.css", assets), "utf8"),
  });
  const file = resolve(options.out);
  await makeFolder(dirname(file));
  await replaceFile(file, (handle) => handle.writeFile(html));
  return {
    file,
    bytes: (await stat(file)).size,
    runs: payload.runs.map(({ name }) => name),
    stages: payload.runs.reduce((sum, { stages }) => sum + stages.length, 0),
  };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new Error(`Cannot make the folder ${path}: ${reasonOf(error, "write")}`, {
      cause: error,
    });
  }
}

async function readPayload(options: ReportOptions): Promise<ReportPayload> {
  const { createdBy, now, onProgress, signal } = options;
  const runs: ReportRun[] = [];
  for (const run of options.runs) {
    onProgress?.({ run, of: options.runs.length });
    runs.push(await readReportRun(run, signal));
  }
  return { version: 1, createdBy, createdAt: now().toISOString(), runs };
}
