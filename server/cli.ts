#!/usr/bin/env node
/** Entry point of the command line. */
import { fstatSync, writeSync } from "node:fs";
import { CommanderError } from "commander";
import { failureJson, failureText } from "./commands/failure";
import { consoleOutput } from "./commands/output";
import { buildProgram } from "./commands/program";
import { hubOf } from "./hugging-face/hub";
import { createdBy } from "./version";

const stopping = new AbortController();
const killing = new AbortController();

/** Time for what listens to leave in order; nothing holds the process longer. */
const graceMs = 2000;

function interrupt(): void {
  if (killing.signal.aborted) process.exit(1);
  if (stopping.signal.aborted) {
    killing.abort();
    setTimeout(() => process.exit(1), graceMs).unref();
  }
  stopping.abort();
}

process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);

// A reader that has seen enough, as head(1), is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

// A run goes on where nothing more can be said: the terminal has gone, or the disk of the log is full.
process.stderr.on("error", () => undefined);

const services = {
  output: consoleOutput({
    stdout: process.stdout,
    stderr: fstatSync(2).isFile() ? { write: writeToFile } : process.stderr,
    environment: process.env,
  }),
  directory: process.cwd(),
  createdBy,
  trainer: new URL("./trainer.js", import.meta.url),
  calibrator: new URL("./calibrator.js", import.meta.url),
  dataWorker: new URL("./data-worker.js", import.meta.url),
  fusionWorker: new URL("./fusion-worker.js", import.meta.url),
  reportAssets: new URL("./webview/", import.meta.url),
  hub: () => hubOf(process.env),
  now: () => new Date(),
  stopping: stopping.signal,
  killing: killing.signal,
};

/** Each line by itself: the stream would end with the first that does not fit on the disk. */
function writeToFile(text: string): boolean {
  try {
    writeSync(2, text);
    return true;
  } catch {
    return false;
  }
}

const program = buildProgram(services, (code) => {
  process.exitCode = code;
}).exitOverride();
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  const isHelp = error instanceof CommanderError && error.exitCode === 0;
  if (process.argv.includes("--json") && !isHelp) services.output.json(failureJson(error));
  // Commander has said already what is wrong with the usage.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    services.output.message(failureText(error, process.env.DEEP_FUSION_DEBUG === "1"));
    process.exitCode = 1;
  }
}
