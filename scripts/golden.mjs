// Makes the committed reference values in test/golden anew, with transformers, torch and optax: all of them, or
// those that are named on the command line.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { installedPython } from "./python.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = `${root}.cache/golden`;
const golden = `${root}test/golden`;
/** Rounding depends on the order of sums: with these, neither the processor's instructions nor its cores decide it. */
const sameEverywhere = {
  ATEN_CPU_CAPABILITY: "default",
  MKL_CBWR: "COMPATIBLE",
  ONEDNN_MAX_CPU_ISA: "SSE41",
  OMP_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
};

const makers = { t5, generation, optimizers, checkpoints };
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(makers);
const unknown = names.find((name) => !(name in makers));
if (unknown !== undefined) {
  throw new RangeError(`Cannot make "${unknown}": there are ${Object.keys(makers).join(", ")}`);
}
rmSync(cache, { recursive: true, force: true });
const python = run(process.execPath, [`${root}scripts/python.mjs`]).trim();
for (const name of names) await makers[name]();

async function t5() {
  mkdirSync(`${golden}/t5`, { recursive: true });
  await writeCases("write-t5-cases", `${cache}/t5`);
  run(python, [`${root}test/python/golden_t5.py`, `${cache}/t5`, `${golden}/t5`]);
}

async function generation() {
  await writeCases("write-t5-cases", `${cache}/t5`);
  run(python, [
    `${root}test/python/golden_generation.py`,
    `${cache}/t5`,
    `${golden}/t5/generation.json`,
  ]);
}

async function optimizers() {
  const packages = run(process.execPath, [`${root}scripts/python.mjs`, "--golden"]).trim();
  run(python, [`${root}test/python/golden_optimizers.py`, `${golden}/optimizers.json`], {
    PYTHONPATH: packages,
  });
}

/** By the transformers of the environment, and by version 4, which stands before it. */
async function checkpoints() {
  mkdirSync(`${golden}/checkpoints`, { recursive: true });
  await writeCases("write-checkpoint-cases", `${cache}/checkpoints`);
  const script = [`${root}test/python/golden_checkpoints.py`, `${cache}/checkpoints`];
  // Where the child's Python module is copied to; nothing is fetched.
  const environment = { HF_HOME: `${cache}/huggingface`, HF_HUB_OFFLINE: "1" };
  run(python, [...script, `${golden}/checkpoints/transformers-5.json`], environment);
  run(python, [...script, `${golden}/checkpoints/transformers-4.json`], {
    ...environment,
    PYTHONPATH: installedPython().transformers4,
  });
}

/** Runs one of the TypeScript programs in test/python. */
async function writeCases(program, folder) {
  await build({
    entryPoints: [`${root}test/python/${program}.ts`],
    outfile: `${cache}/${program}.mjs`,
    bundle: true,
    platform: "node",
    format: "esm",
    loader: { ".py": "text" },
    packages: "external",
    logLevel: "warning",
  });
  run(process.execPath, [`${cache}/${program}.mjs`, folder]);
}

/** What the command prints; its complaints are shown. */
function run(command, parameters, environment = {}) {
  return execFileSync(command, parameters, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    env: { ...process.env, ...sameEverywhere, ...environment },
  });
}
