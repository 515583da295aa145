// Bundles every entry point into dist/. Native packages stay outside the bundles. A file that is the same already is
// left alone, and another is put in its place whole: what runs from dist/ meanwhile never reads half of one.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { build } from "esbuild";

const node = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  sourcemap: true,
  logLevel: "warning",
  outdir: "dist",
  write: false,
  external: [
    "onnxruntime-node",
    "koffi",
    "sentencepiece-js",
    "@stdlib/*",
    "esbuild",
    "playwright-core",
    // TensorFlow.js would fetch models with it, which nobody asks for; with its tables of domain names it is large.
    "node-fetch",
  ],
  loader: { ".py": "text", ".cc": "text", ".html": "text", ".css": "text" },
  // CommonJS packages inside an ESM bundle ask for these.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
};

const entries = {
  cli: "server/cli.ts",
  server: "server/main.ts",
  job: "server/job.ts",
  trainer: "server/trainer.ts",
  calibrator: "server/calibrator.ts",
  "columns-worker": "server/columns-worker.ts",
  "data-worker": "server/data-worker.ts",
  "engine-worker": "server/engine-worker.ts",
  "fusion-worker": "server/fusion-worker.ts",
  "weights-worker": "server/weights-worker.ts",
};
const tests = {
  bench: "test/bench/main.ts",
  "test-fuzz": "test/fuzz/main.ts",
  "bench-corpus-child": "test/bench/corpus-child.ts",
  "bench-memory-child": "test/bench/memory-child.ts",
  "test-train": "test/integration/processes/train.ts",
  "bench-step-child": "test/bench/step-child.ts",
};
/** Those that are there: a checkout may be older. */
const present = (all) =>
  Object.fromEntries(Object.entries(all).filter(([, file]) => existsSync(file)));

/** The browser's side: report.html, and what webviews show. */
const pages = ["report", "dashboard", "panel", "tensors", "trying"].filter((page) =>
  existsSync(`webview/${page}/main.ts`),
);

const bundles = await Promise.all([
  // In parts, so that what is loaded when needed is: an engine that this machine lacks breaks nothing else.
  build({ ...node, entryPoints: present(entries), splitting: true, chunkNames: "part-[hash]" }),
  build({ ...node, entryPoints: present(tests) }),
  // VS Code's host loads CommonJS; the name says so, for the package's own type is ESM.
  build({
    ...node,
    entryPoints: { extension: "extension/main.ts" },
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    external: ["vscode"],
    banner: {},
  }),
  build({
    entryPoints: pages.flatMap((page) => [
      { in: `webview/${page}/main.ts`, out: page },
      { in: `webview/${page}/${page}.css`, out: page },
    ]),
    bundle: true,
    minify: true,
    platform: "browser",
    target: "es2022",
    format: "iife",
    logLevel: "warning",
    outdir: "dist/webview",
    write: false,
  }),
]);
const made = bundles.flatMap(({ outputFiles = [] }) => outputFiles);
for (const file of made) put(file);
const parts = new Set(made.map(({ path }) => basename(path)));
for (const name of readdirSync("dist")) {
  // Not what another call is about to put in place.
  if (/^part-.*\.(js|map)$/.test(name) && !parts.has(name)) rmSync(`dist/${name}`);
}

// npx runs the command line as a program.
if (existsSync("dist/cli.js")) chmodSync("dist/cli.js", 0o755);

function put({ path, contents }) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const written = `${path}.${process.pid}.new`;
  writeFileSync(written, contents);
  renameSync(written, path);
}
