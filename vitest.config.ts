import { defineConfig } from "vitest/config";

/** `unit`: in-process and quick; `integration`: real processes, whole runs, Python. */
// tfjs-core's gradients are ES modules that Node cannot load by itself.
const server = { deps: { inline: [/tfjs-core\/dist\/(?!tf-core)/] } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          server,
          include: ["test/**/*.test.ts"],
          exclude: ["test/integration/**"],
          globalSetup: ["test/support/build.ts"],
          testTimeout: 30_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "integration",
          server,
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/support/build.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
