import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { breakEngine, copyBundles } from "../support/broken-installation";

const recipe = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { small: { preset: t5-nano } }
stages:
  a: { train: small, steps: 5, inputs: 32, batch: 4 }
  b: { train: small, steps: 5, inputs: 32, batch: 4, seed: 2 }
`;
const why =
  /Cannot load onnxruntime, which computes: .*; install Deep Fusion for this machine \(\S+\) again/;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "deep-fusion-broken-"));
  copyBundles(folder);
  breakEngine(folder);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "small.fusion.yaml"), recipe);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function deepFusion(...parameters: readonly string[]): Promise<{ code: unknown; said: string }> {
  const command = [join(folder, "dist/cli.js"), ...parameters];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, said: stdout + stderr });
    });
  });
}

test("an engine that cannot be loaded is told by the doctor, with what to do", async () => {
  const { code, said } = await deepFusion("doctor");
  expect(code).toBe(1);
  expect(said).toMatch(why);
  expect(said).not.toMatch(/^ +at /m);
});

test("it is why a run's stages fail, and keeps nothing else from working", async () => {
  expect((await deepFusion("check", "small.fusion.yaml")).code).toBe(0);
  const { code, said } = await deepFusion("run", "small.fusion.yaml");
  expect(code).toBe(1);
  expect(said).toMatch(new RegExp(`^a: failed: ${why.source}$`, "m"));
  expect(said).not.toMatch(/^ +at /m);
});
