/**
 * The command line: every command with its options, its help and its examples. What a command does is loaded when it
 * is called, so that none waits for what the others need.
 */
import { Command, Option } from "commander";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import {
  byteSize,
  deviceOption,
  engineOption,
  examples,
  fraction,
  json,
  runOptions,
  seed,
  wholeNumber,
} from "./arguments";
import type { evaluateCommand } from "./evaluate-command";
import type { fuseCommand } from "./fuse-command";
import { isHubReference } from "../hugging-face/reference";
import { Trainers } from "../recipe/trainers";
import { generateProgram } from "./generate-program";
import type { InstallFlags } from "./install-engine";
import type { resume, run } from "./run";
import type { ExitCode, RunServices, Services } from "./services";

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
  addFusion(context);
  addChecking(context);
  addCheckpoints(context);
  program.addCommand(generateProgram(services, finish));
  return program;
}

interface Context {
  readonly program: Command;
  readonly services: Services;
  readonly finish: (code: ExitCode) => void;
}

function addRunning({ program, services, finish }: Context): void {
  const running = program
    .command("run")
    .description("run a recipe; what is done already is not done again")
    .argument("<recipe>", "a *.fusion.yaml file")
    .option("--stage <name>", "run this stage and what it needs")
    .option("--out <dir>", "the run's folder (default: runs/NAME)")
    .option("--report <file>", "write a report page when all is done")
    .option(...json)
    .addHelpText(
      "after",
      examples(
        "run my.fusion.yaml",
        "run my.fusion.yaml --stage wide --out runs/wide",
        "run my.fusion.yaml --engine graph --parallel 2 --threads 1",
        "run my.fusion.yaml --device webgpu,cpu",
      ),
    )
    .action(async (recipe: string, flags: Parameters<typeof run>[1]) => {
      const begin = async (given: RunServices) => (await import("./run")).run(recipe, flags, given);
      finish(await withTrainers(services, begin));
    });
  const resuming = program
    .command("resume")
    .description("go on with a run that was stopped or killed, exactly where it was")
    .argument("<run>", "a run's folder")
    .option("--report <file>", "write a report page when all is done")
    .option(...json)
    .addHelpText("after", examples("resume runs/demo"))
    .action(async (folder: string, flags: Parameters<typeof resume>[1]) => {
      const begin = async (given: RunServices) =>
        (await import("./run")).resume(folder, flags, given);
      finish(await withTrainers(services, begin));
    });
  for (const option of runOptions()) {
    running.addOption(option);
    resuming.addOption(option);
  }
}

/** The first trainer loads while the command does. */
async function withTrainers(
  services: Services,
  command: (services: RunServices) => Promise<ExitCode>,
): Promise<ExitCode> {
  const trainers = new Trainers(services.trainer);
  try {
    return await command({ ...services, trainers });
  } finally {
    trainers.close();
  }
}

const installable = ["cuda", "tensorflow", "tensorflow-gpu"];

function addLooking({ program, services, finish }: Context): void {
  program
    .command("status")
    .description("how far a run got")
    .argument("<run>", "a run's folder")
    .option(...json)
    .addHelpText("after", examples("status runs/demo", "status runs/demo --json"))
    .action(async (folder: string, flags: { json?: boolean }) => {
      const { status } = await import("./status");
      finish(await status(folder, flags, services));
    });
  program
    .command("report")
    .description("write one self-contained page about runs: curves, heat maps, receipts")
    .argument("<runs...>", "runs' folders")
    .requiredOption("--out <file>", "the page to write (required)")
    .option(...json)
    .addHelpText("after", examples("report runs/demo --out report.html"))
    .action(async (folders: string[], flags: { out: string; json?: boolean }) => {
      const { reportCommand } = await import("./report-command");
      finish(await reportCommand(folders, flags, services));
    });
  program
    .command("doctor")
    .description("say which engines and devices run here, and why the others do not; set one up")
    .addOption(new Option("--install <engine>", "set this engine up").choices(installable))
    .addOption(
      new Option(
        "--from <where>",
        "with --install: where its library comes from (default: the first that can be)",
      ).choices(["python", "wheel", "package"]),
    )
    .option("--python <path>", "with --install: an interpreter, or an environment's folder")
    .option(...json)
    .addHelpText(
      "after",
      examples("doctor", "doctor --install tensorflow-gpu", "doctor --install cuda --from wheel"),
    )
    .action(async ({ install, ...flags }: Partial<InstallFlags>, self: Command) => {
      if (install !== undefined) {
        const { installEngine } = await import("./install-engine");
        finish(await installEngine({ install, ...flags }, services));
        return;
      }
      if (flags.from !== undefined || flags.python !== undefined)
        self.error("error: --from and --python say how to install; give --install with an engine");
      const { doctor } = await import("./doctor");
      finish(await doctor(flags, services));
    });
}

function addFusion({ program, services, finish }: Context): void {
  program
    .command("fuse")
    .description("make one wide checkpoint that computes the mean of its parents' logits")
    .argument("<parents...>", "folders or hf://OWNER/NAME; one with --copies, or several")
    .requiredOption("--out <dir>", "the child's folder (required)")
    .option("--copies <k>", "fuse a single parent with itself, this often", wholeNumber)
    .addOption(
      new Option(
        "--method <method>",
        "norms of the child (default: property; rule for copies of one parent)",
      ).choices(["property", "rule", "calibrated"]),
    )
    .option(
      "--fill <fraction>",
      "noise between the parts, times each kernel's own deviation (default: 0)",
      fraction,
    )
    .option("--seed <n>", "of the fill (default: 0)", seed)
    .option("--probe <file>", "JSONL examples for the receipt (default: random tokens)")
    .addOption(
      new Option(
        "--optimizer <what>",
        "the parents' optimizer state (default: grow where all have one)",
      ).choices(["grow", "reset"]),
    )
    .addOption(
      new Option(
        "--dtype <dtype>",
        "of the child's weights (default: its parents', or f32)",
      ).choices(["f32", "f16", "bf16"]),
    )
    .option("--max-shard-size <size>", "of a file of weights (default: 5GB)", byteSize)
    .addOption(engineOption())
    .addOption(deviceOption())
    .option("--threads <n>", "threads (default: all cores)", wholeNumber)
    .option(...json)
    .addHelpText(
      "after",
      examples("fuse a b --out fused --fill 0.01", "fuse a --copies 2 --out grown"),
    )
    .action(async (parents: string[], flags: Parameters<typeof fuseCommand>[1]) => {
      const { fuseCommand } = await import("./fuse-command");
      finish(await fuseCommand(parents, flags, services));
    });
}

function addChecking({ program, services, finish }: Context): void {
  program
    .command("check")
    .description("say what is wrong with a recipe, or whether checkpoints can be fused")
    .argument("<paths...>", "a *.fusion.yaml file, or checkpoints: folders or hf://OWNER/NAME")
    .option(...json)
    .addHelpText("after", examples("check my.fusion.yaml", "check a b"))
    .action(async (paths: string[], flags: { json?: boolean }) => {
      const [path] = paths;
      if (paths.length === 1 && !(await isFolder(path!, services))) {
        const { checkRecipe } = await import("./check-recipe");
        finish(await checkRecipe(path!, flags, services));
        return;
      }
      const { checkParents } = await import("./check-parents");
      finish(await checkParents(paths, flags, services));
    });
}

function addCheckpoints({ program, services, finish }: Context): void {
  program
    .command("evaluate")
    .description("measure a checkpoint on given examples, or on text")
    .argument("<checkpoint>", "a checkpoint's folder, or hf://OWNER/NAME")
    .option("--examples <file>", 'lines of {"input_ids": [...], "labels": [...]}')
    .addOption(
      new Option(
        "--text <files...>",
        "text, JSONL or Parquet files, or hf://datasets/OWNER/NAME/PATH, whose spans are to be filled",
      ).conflicts(["examples", "logits", "gradients"]),
    )
    .option("--inputs <n>", "with --text: encoder tokens of an example", wholeNumber, 512)
    .option("--max-examples <n>", "with --text: examples at most", wholeNumber, 256)
    .option("--tokenizer <path>", 'with --text: another than the checkpoint\'s; or "bytes"')
    .option("--logits <file>", "write float32 logits, as safetensors")
    .option("--gradients <file>", "write the gradient of the loss for each weight, as safetensors")
    .addOption(engineOption())
    .addOption(deviceOption())
    .option("--threads <n>", "threads (default: all cores)", wholeNumber)
    .option(...json)
    .addHelpText(
      "after",
      examples(
        "evaluate runs/demo/wide/step-00001200 --examples held-out.jsonl",
        "evaluate runs/demo/wide/step-00001200 --text book.txt --inputs 128",
      ),
    )
    .action(
      async (checkpoint: string, flags: Parameters<typeof evaluateCommand>[1], self: Command) => {
        if (flags.examples === undefined && flags.text === undefined) {
          self.error("error: give --examples with a file, or --text with files");
        }
        const { evaluateCommand } = await import("./evaluate-command");
        finish(await evaluateCommand(checkpoint, flags, services));
      },
    );
  program
    .command("inspect")
    .description("say what a checkpoint is, what it holds and where it came from")
    .argument("<checkpoint>", "a checkpoint's folder, or hf://OWNER/NAME")
    .option(...json)
    .addHelpText("after", examples("inspect runs/demo/wide/step-00001200"))
    .action(async (checkpoint: string, flags: { json?: boolean }) => {
      const { inspectCommand } = await import("./inspect-command");
      finish(await inspectCommand(checkpoint, flags, services));
    });
}

/** A folder is a checkpoint, anything else a recipe. */
async function isFolder(path: string, { directory }: Services): Promise<boolean> {
  if (isHubReference(path)) return true;
  const found = await stat(resolve(directory, path)).catch(() => undefined);
  return found?.isDirectory() === true;
}
