/** The command line: every command with its options, its help and its examples. */
import { Command, InvalidArgumentError, Option } from "commander";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { checkRecipe } from "./check-recipe";
import { doctor } from "./doctor";
import { evaluateCommand } from "./evaluate-command";
import { inspectCommand } from "./inspect-command";
import { reportCommand } from "./report-command";
import { resume, run } from "./run";
import type { ExitCode, Services } from "./services";
import { status } from "./status";

/** Parsing runs the command; its exit code is handed to `finish`. */
export function buildProgram(services: Services, finish: (code: ExitCode) => void): Command {
  const program = new Command("deep-fusion")
    .description("Train small T5s, fuse them into one wide model, train on, and compare.")
    .version(services.createdBy.replace(/^\S+ /, ""))
    .showHelpAfterError("(--help shows what there is)")
    .addHelpText(
      "after",
      examples("run examples/demo.fusion.yaml", "status runs/demo", "resume runs/demo"),
    );
  const context = { program, services, finish };
  addRunning(context);
  addLooking(context);
  addCheckpoints(context);
  return program;
}

interface Context {
  readonly program: Command;
  readonly services: Services;
  readonly finish: (code: ExitCode) => void;
}

const json = ["--json", "print one JSON document on stdout"] as const;

function addRunning({ program, services, finish }: Context): void {
  program
    .command("run")
    .description("run a recipe; what is done already is not done again")
    .argument("<recipe>", "a *.fusion.yaml file")
    .option("--stage <name>", "run this stage and what it needs")
    .option("--out <dir>", "the run's folder (default: runs/NAME)")
    .addOption(new Option("--engine <engine>", "what computes").choices(["graph", "tensorflow"]))
    .addOption(
      new Option("--device <device>", "where").choices(["cpu", "webgpu", "cuda", "dml", "coreml"]),
    )
    .option("--threads <n>", "threads of each stage (default: the cores' share)", wholeNumber)
    .option("--parallel <n>", "stages side by side at most (default: 1)", wholeNumber)
    .option("--report <file>", "write a report page when all is done")
    .option(...json)
    .addHelpText(
      "after",
      examples(
        "run my.fusion.yaml",
        "run my.fusion.yaml --stage wide --out runs/wide",
        "run my.fusion.yaml --parallel 2 --threads 1",
      ),
    )
    .action(async (recipe: string, flags: Parameters<typeof run>[1]) => {
      finish(await run(recipe, flags, services));
    });
  program
    .command("resume")
    .description("go on with a run that was stopped or killed, exactly where it was")
    .argument("<run>", "a run's folder")
    .option("--report <file>", "write a report page when all is done")
    .option(...json)
    .addHelpText("after", examples("resume runs/demo"))
    .action(async (folder: string, flags: Parameters<typeof resume>[1]) => {
      finish(await resume(folder, flags, services));
    });
}

function addLooking({ program, services, finish }: Context): void {
  program
    .command("status")
    .description("how far a run got")
    .argument("<run>", "a run's folder")
    .option(...json)
    .addHelpText("after", examples("status runs/demo", "status runs/demo --json"))
    .action(async (folder: string, flags: { json?: boolean }) => {
      finish(await status(folder, flags, services));
    });
  program
    .command("report")
    .description("write one self-contained page about runs: curves, heat maps, receipts")
    .argument("<runs...>", "runs' folders")
    .requiredOption("--out <file>", "the page to write")
    .option(...json)
    .addHelpText("after", examples("report runs/demo --out report.html"))
    .action(async (folders: string[], flags: { out: string; json?: boolean }) => {
      finish(await reportCommand(folders, flags, services));
    });
  program
    .command("doctor")
    .description("say which engines and devices run here, and why the others do not")
    .option(...json)
    .addHelpText("after", examples("doctor"))
    .action(async (flags: { json?: boolean }) => {
      finish(await doctor(flags, services));
    });
}

function addCheckpoints({ program, services, finish }: Context): void {
  program
    .command("check")
    .description("say what is wrong with a recipe")
    .argument("<recipe>", "a *.fusion.yaml file")
    .option(...json)
    .addHelpText("after", examples("check my.fusion.yaml"))
    .action(async (path: string, flags: { json?: boolean }) => {
      finish(await checkRecipe(path, flags, services));
    });
  program
    .command("evaluate")
    .description("measure a checkpoint on given examples")
    .argument("<checkpoint>", "a checkpoint's folder")
    .requiredOption("--examples <file>", 'lines of {"input_ids": [...], "labels": [...]}')
    .option("--logits <file>", "write float32 logits, as safetensors")
    .option("--gradients <file>", "write the gradient of the loss for each weight, as safetensors")
    .option("--threads <n>", "threads (default: all cores)", wholeNumber)
    .option(...json)
    .addHelpText(
      "after",
      examples("evaluate runs/demo/wide/step-00001200 --examples held-out.jsonl"),
    )
    .action(async (checkpoint: string, flags: Parameters<typeof evaluateCommand>[1]) => {
      finish(await evaluateCommand(checkpoint, flags, services));
    });
  program
    .command("inspect")
    .description("say what a checkpoint is, what it holds and where it came from")
    .argument("<checkpoint>", "a checkpoint's folder")
    .option(...json)
    .addHelpText("after", examples("inspect runs/demo/wide/step-00001200"))
    .action(async (checkpoint: string, flags: { json?: boolean }) => {
      finish(await inspectCommand(checkpoint, flags, services));
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("Give a whole number from 1 on.");
}

function examples(...lines: readonly string[]): string {
  return `\nFor example:\n${lines.map((line) => `  deep-fusion ${line}\n`).join("")}`;
}

/** A folder is a checkpoint, anything else a recipe. */
export async function isFolder(path: string, { directory }: Services): Promise<boolean> {
  const found = await stat(resolve(directory, path)).catch(() => undefined);
  return found?.isDirectory() === true;
}
