import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

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

/** An installation like any other, but for the binary that computes. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "deep-fusion-broken-"));
  cpSync("dist", join(folder, "dist"), {
    recursive: true,
    filter: (file) => !file.endsWith(".map"),
  });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "small.fusion.yaml"), recipe);
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync("node_modules")) {
    if (name !== "onnxruntime-node")
      symlinkSync(join(process.cwd(), "node_modules", name), join(modules, name), "junction");
  }
  const broken = join(modules, "onnxruntime-node");
  for (const part of ["package.json", "dist"])
    cpSync(join("node_modules/onnxruntime-node", part), join(broken, part), { recursive: true });
  const { platform, arch } = process;
  const binary = join(broken, "bin/napi-v6", platform, arch, "onnxruntime_binding.node");
  mkdirSync(dirname(binary), { recursive: true });
  writeFileSync(binary, "not a library");
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
