/**
 * How long the language server takes to answer an editor: after each keystroke, one request of every kind, on a short
 * recipe, on the same while a model trains beside it, and on one of 256 KiB.
 */
import { copyFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lockHolder } from "../../server/files/lock";
import { runFiles } from "../../server/recipe/run-folder";
import { launchRun } from "../../server/runs/launch";
import { startLanguageServer } from "../support/recipe-editor";
import { longRecipe } from "../support/long-recipe";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { inScratch } from "./scratch";

const keystrokes = 40;
const longBytes = 256 * 1024;

export const languageBench: Bench = {
  name: "language",
  summary:
    "95th percentile of the language server's answers, against the limit (50 ms; 100 ms on 256 KiB)",
  run: (context) => inScratch((folder) => run(folder, context)),
};

async function run(folder: string, context: BenchContext): Promise<readonly BenchResult[]> {
  const demo = fileURLToPath(new URL("../examples/demo.fusion.yaml", context.dist));
  const text = await readFile(demo, "utf8");
  const measure = (name: string, content: string, limitMs: number) =>
    measured({ name, text: content, limitMs, folder, context });
  const results = [
    await measure("short", text, 50),
    await whileTraining({ demo, folder, context }, () => measure("short-training", text, 50)),
    await measure("256KiB", longRecipe(longBytes), 100),
  ];
  return results;
}

interface Training {
  readonly demo: string;
  readonly folder: string;
  readonly context: BenchContext;
}

/** Started as the editor starts it; both stages that can run side by side do, on all cores. */
async function whileTraining<Result>(
  { demo, folder, context }: Training,
  work: () => Promise<Result>,
): Promise<Result> {
  const recipe = join(folder, "demo.fusion.yaml");
  await copyFile(demo, recipe);
  const run = join(folder, "runs", "demo");
  context.progress("language: waiting for the first steps");
  await launchRun({ recipe, folder: run, parallel: 2 }, { cli: new URL("cli.js", context.dist) });
  const lock = join(run, runFiles.lock);
  try {
    const steps = await stepsRecorded(run);
    const result = await work();
    if ((await stepsRecorded(run)) <= steps) {
      throw new Error("Cannot measure while training: it has stood still");
    }
    return result;
  } finally {
    const runner = await lockHolder(lock);
    if (runner !== undefined) process.kill(runner.pid, "SIGINT");
    while ((await lockHolder(lock)) !== undefined) await sleep(100);
  }
}

/** Bytes of both logs, once there are any. */
async function stepsRecorded(run: string): Promise<number> {
  for (;;) {
    const sizes = await Promise.all(
      ["a", "b"].map(async (stage) => {
        const found = await stat(join(run, stage, "log.jsonl")).catch(() => undefined);
        return found?.size ?? 0;
      }),
    );
    if (sizes.every((size) => size > 4096)) return sizes.reduce((sum, size) => sum + size, 0);
    await sleep(200);
  }
}

interface Case {
  readonly name: string;
  readonly text: string;
  readonly limitMs: number;
  readonly folder: string;
  readonly context: BenchContext;
}

async function measured({ name, text, limitMs, folder, context }: Case): Promise<BenchResult> {
  const server = await startLanguageServer({
    server: new URL("server.js", context.dist),
    workspace: folder,
    storage: folder,
  });
  const uri = pathToFileURL(join(folder, `${name}.fusion.yaml`)).href;
  try {
    await server.connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri, languageId: "deep-fusion-recipe", version: 1, text },
    });
    await server.diagnosticsWhere((published) => published.uri === uri);
    const times: { readonly method: string; readonly ms: number }[] = [];
    for (let stroke = 0; stroke < keystrokes; stroke++) {
      context.signal.throwIfAborted();
      await type({ server, uri, text, stroke });
      for (const request of requests(uri, text, stroke)) {
        const started = performance.now();
        await server.connection.sendRequest(request.method, request.params);
        times.push({ method: request.method, ms: performance.now() - started });
      }
      // Nobody types faster than this.
      await sleep(60);
    }
    report(name, times, context);
    const all = times.map(({ ms }) => ms);
    return benchResult(`language/${name}/p95`, { value: p95(all), unit: "ms", reference: limitMs });
  } finally {
    await server.stop();
  }
}

interface Stroke {
  readonly server: Awaited<ReturnType<typeof startLanguageServer>>;
  readonly uri: string;
  readonly text: string;
  readonly stroke: number;
}

/** A digit more or less behind a number in the middle of the recipe, so that everything below moves. */
async function type({ server, uri, text, stroke }: Stroke): Promise<void> {
  const at = middle(text);
  const start = { line: at.line, character: at.character };
  const end = stroke % 2 === 0 ? start : { line: at.line, character: at.character + 1 };
  await server.connection.sendNotification("textDocument/didChange", {
    textDocument: { uri, version: stroke + 2 },
    contentChanges: [{ range: { start, end }, text: stroke % 2 === 0 ? "1" : "" }],
  });
}

/** Behind the first `steps: ` after the middle. */
function middle(text: string): { readonly line: number; readonly character: number } {
  const offset = text.indexOf("steps: ", text.length / 2) + "steps: ".length;
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: before.at(-1)!.length };
}

function requests(uri: string, text: string, stroke: number) {
  const position = middle(text);
  const at = { textDocument: { uri }, position };
  const key = {
    textDocument: { uri },
    position: { ...position, character: position.character - 4 },
  };
  const range = {
    start: { line: Math.max(0, position.line - 30), character: 0 },
    end: { line: position.line + 30, character: 0 },
  };
  const name = { textDocument: { uri }, position: { line: position.line, character: 3 } };
  const all = [
    { method: "textDocument/completion", params: at },
    { method: "textDocument/hover", params: key },
    { method: "textDocument/definition", params: name },
    {
      method: "textDocument/references",
      params: { ...name, context: { includeDeclaration: true } },
    },
    { method: "textDocument/documentHighlight", params: name },
    { method: "textDocument/codeAction", params: { ...at, range, context: { diagnostics: [] } } },
    { method: "textDocument/inlayHint", params: { textDocument: { uri }, range } },
    { method: "textDocument/codeLens", params: { textDocument: { uri } } },
    { method: "textDocument/foldingRange", params: { textDocument: { uri } } },
    { method: "textDocument/documentSymbol", params: { textDocument: { uri } } },
  ];
  // Each kind is now and then the first after a keystroke, which has to look at the new text.
  const first = stroke % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

function report(
  name: string,
  times: readonly { readonly method: string; readonly ms: number }[],
  context: BenchContext,
): void {
  for (const method of new Set(times.map((each) => each.method))) {
    const all = times.filter((each) => each.method === method).map(({ ms }) => ms);
    context.progress(
      `language: ${name}, ${method.replace("textDocument/", "")}: p95 ${p95(all).toFixed(1)} ms`,
    );
  }
}

function p95(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(0.95 * sorted.length))]!;
}
