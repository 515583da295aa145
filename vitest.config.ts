import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { hasPython } from "./scripts/python.mjs";

/** As esbuild's text loader gives it to the bundles. */
const sources = {
  name: "sources-as-text",
  load: (id: string) =>
    /\.(py|cc)$/.test(id) ? `export default ${JSON.stringify(readFileSync(id, "utf8"))}` : null,
};

/** `unit`: in-process and quick; `integration`: real processes, whole runs, Python. */
// tfjs-core's gradients are ES modules that Node cannot load by itself.
const server = { deps: { inline: [/tfjs-core\/dist\/(?!tf-core)/] } };

/** What any engine must do; the unit tests ask it of the graph engine. */
const heldByEveryEngine = [
  "test/engine/*.test.ts",
  "test/model/{decoding,golden}.test.ts",
  "test/training/{golden,learner,train-stage}.test.ts",
  "test/generation/{generator,golden}.test.ts",
  "test/tensorflow/on-each-node/**/*.test.ts",
];

/** Of what is asked again and again: long enough for machines that do much else. */
const expectations = { poll: { timeout: 120_000 } };

/**
 * They draw floats so small that onnxruntime has them taken for zero in every process in which it has computed; none of
 * these computes with it.
 */
const withAnyFloat = [
  "test/analysis/blocks.test.ts",
  "test/checkpoint/{dtypes,safetensors}.test.ts",
  "test/commands/report-pack.test.ts",
  "test/protocol/{column-codec,hub-frames}.test.ts",
  "test/training/schedule.test.ts",
  "test/webview/{charts,heatmap}/*.test.ts",
];

/** On a machine without Python they are no part of the run, which says so. */
const withPython = ["test/integration/{hub-python,transformers}.test.ts"];

export default defineConfig({
  test: {
    // By content, so that each of the projects, and each run, translates only what none has yet.
    experimental: { fsModuleCache: true },
    projects: [
      {
        plugins: [sources],
        test: {
          name: "unit",
          server,
          include: ["test/**/*.test.ts"],
          exclude: [
            "test/integration/**",
            "test/e2e/**",
            "test/tensorflow/**",
            "test/webgpu/**/*.test.ts",
            ...withAnyFloat,
          ],
          globalSetup: ["test/support/build.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          // What they import, tfjs-core above all, takes longer to load than most of them take.
          isolate: false,
        },
      },
      {
        plugins: [sources],
        test: {
          name: "unit-floats",
          server,
          include: withAnyFloat,
          testTimeout: 120_000,
          maxWorkers: 2,
          isolate: false,
        },
      },
      {
        plugins: [sources],
        test: {
          name: "integration",
          expect: expectations,
          server,
          include: ["test/integration/**/*.test.ts"],
          exclude: hasPython() ? [] : withPython,
          globalSetup: ["test/support/build.ts", "test/integration/support/say-without-python.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
        },
      },
      {
        plugins: [sources],
        test: {
          name: "webgpu",
          server,
          include: ["test/engine/{engines,gradients,kernels}.test.ts", "test/webgpu/**/*.test.ts"],
          globalSetup: ["test/support/build.ts", "test/webgpu/vulkan.ts"],
          env: { DEEP_FUSION_TEST_ENGINE: "webgpu" },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
        },
      },
      {
        plugins: [sources],
        test: {
          name: "tensorflow",
          server,
          include: heldByEveryEngine,
          globalSetup: ["test/support/build.ts"],
          env: { DEEP_FUSION_TEST_ENGINE: "tensorflow" },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
          isolate: false,
        },
      },
      {
        plugins: [sources],
        test: {
          name: "tensorflow-set-up",
          include: ["test/tensorflow/set-up/**/*.test.ts"],
          globalSetup: ["test/support/build.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 1,
        },
      },
      {
        plugins: [sources],
        test: {
          name: "e2e",
          expect: expectations,
          // A window on a machine that does much else may swallow what a user would simply do again.
          retry: 1,
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/support/build.ts", "test/e2e/support/prepare.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
