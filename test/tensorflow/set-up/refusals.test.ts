import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { doctorIn, emptyFolder, removeFolder } from "./support/prepared";

let folder: string;
let engines: string;

beforeEach(async () => {
  folder = await emptyFolder();
  engines = join(folder, "engines");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await removeFolder(folder);
});

async function refused(...parameters: readonly string[]): Promise<string> {
  const { code, stderr, stdout } = await doctorIn(engines, "--install", ...parameters);
  expect(code, stdout).toBe(1);
  return stderr.trim().split("\n").at(-1)!;
}

test("a missing compiler is said before anything is fetched", async () => {
  vi.stubEnv("CXX", "no-such-compiler");
  expect(await refused("tensorflow", "--from", "wheel")).toBe(
    "deep-fusion: Cannot set tensorflow up: no C++ compiler was found as no-such-compiler; install one " +
      "(apt-get install g++, dnf install gcc-c++), or name it in CXX",
  );
  expect(await readdir(engines)).toEqual(["tensorflow.log"]);
});

test("a Python without TensorFlow, and one that is not there, are named with their reasons", async () => {
  expect(await refused("tensorflow", "--from", "python", "--python", "no-such-python")).toContain(
    "no-such-python: no-such-python was not found",
  );
  vi.stubEnv("PYTHONPATH", folder);
  await mkdir(join(folder, "tensorflow", "python", "platform"), { recursive: true });
  for (const file of ["__init__.py", "libtensorflow_cc.so.2"])
    await writeFile(join(folder, "tensorflow", file), "");
  await writeFile(
    join(folder, "tensorflow", "python", "platform", "build_info.py"),
    'build_info = {"is_cuda_build": False}\n',
  );
  const metadata = join(folder, "tensorflow-2.17.1.dist-info");
  await mkdir(metadata);
  await writeFile(
    join(metadata, "METADATA"),
    "Metadata-Version: 2.1\nName: tensorflow\nVersion: 2.17.1\n",
  );
  const flags = ["--from", "python", "--python", "python3"];
  expect(await refused("tensorflow", ...flags)).toContain(
    "python3: its TensorFlow is 2.17.1, and 2.18 or newer is needed",
  );
  await writeFile(
    join(metadata, "METADATA"),
    "Metadata-Version: 2.1\nName: tensorflow\nVersion: 2.20.0\n",
  );
  expect(await refused("tensorflow-gpu", ...flags)).toContain(
    "python3: its TensorFlow 2.20.0 is built without CUDA",
  );
});

test("a folder with something else in it is not replaced", async () => {
  await mkdir(join(engines, "tensorflow"), { recursive: true });
  await writeFile(join(engines, "tensorflow", "notes.txt"), "mine");
  expect(await refused("tensorflow")).toBe(
    `deep-fusion: Cannot set tensorflow up in ${join(engines, "tensorflow")}: it holds "notes.txt", ` +
      "and is no engine; name another folder in DEEP_FUSION_ENGINES",
  );
  expect(await readdir(join(engines, "tensorflow"))).toEqual(["notes.txt"]);
});

test("--from and --python without --install are wrong usage", async () => {
  const { code, stderr } = await doctorIn(engines, "--from", "wheel");
  expect(code).toBe(2);
  expect(stderr).toContain("give --install with an engine");
});
