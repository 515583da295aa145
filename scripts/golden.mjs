// Makes the committed reference values in test/golden anew, with transformers, torch and optax.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const root = new URL("..", import.meta.url).pathname;
const cache = `${root}.cache/golden`;
const golden = `${root}test/golden`;

rmSync(cache, { recursive: true, force: true });
mkdirSync(`${golden}/t5`, { recursive: true });
await build({
  entryPoints: [`${root}test/python/write-t5-cases.ts`],
  outfile: `${cache}/write-t5-cases.mjs`,
  bundle: true,
  platform: "node",
  format: "esm",
  logLevel: "warning",
});
run(process.execPath, `${cache}/write-t5-cases.mjs`, `${cache}/t5`);
const python = run(process.execPath, `${root}scripts/python.mjs`).trim();
run(python, `${root}test/python/golden_t5.py`, `${cache}/t5`, `${golden}/t5`);
run(python, `${root}test/python/golden_optimizers.py`, `${golden}/optimizers.json`);

/** What the command prints; its complaints are shown. */
function run(command, ...parameters) {
  return execFileSync(command, parameters, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
}
