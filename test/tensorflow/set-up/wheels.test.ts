import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyFolder, removeFolder } from "./support/prepared";

const script = new URL(
  "../../../server/engine/tensorflow/install/python/unpack_wheel.py",
  import.meta.url,
);

let folder: string;
beforeAll(async () => {
  folder = await emptyFolder();
});
afterAll(() => removeFolder(folder));

/** Made by Python's own zipfile, as wheels are. */
async function wheelOf(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const wheel = join(folder, `${name}.whl`);
  const tops = (await readdir(join(folder, name))).map((top) => join(folder, name, top));
  await promisify(execFile)("python3", ["-m", "zipfile", "-c", wheel, ...tops]);
  return wheel;
}

async function unpack(wheel: string, target: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)("python3", [fileURLToPath(script), wheel, target]);
  return JSON.parse(stdout) as string[];
}

async function filesIn(target: string): Promise<string[]> {
  const names = await readdir(target, { recursive: true });
  const found: string[] = [];
  for (const name of names) if ((await stat(join(target, name))).isFile()) found.push(name);
  return found.sort();
}

test("of TensorFlow's wheel the libraries and the C headers are taken, and CUDA's needs named", async () => {
  const wheel = await wheelOf("tensorflow", {
    "tensorflow/libtensorflow_cc.so.2": "library",
    "tensorflow/libtensorflow_framework.so.2": "framework",
    "tensorflow/include/tensorflow/c/c_api.h": "header",
    "tensorflow/include/tensorflow/c/eager/c_api.h": "eager",
    "tensorflow/include/xla/tsl/c/tsl_status.h": "status",
    "tensorflow/include/Eigen/Core.h": "not needed",
    "tensorflow/python/x.py": "not needed",
    "tensorflow-2.21.0.dist-info/METADATA":
      "Name: tensorflow\nRequires-Dist: numpy>=1\n" +
      'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"\n' +
      "Requires-Dist: nvidia-nccl-cu12==2.27.7 ; sys_platform == 'linux' and extra == 'and-cuda'\n" +
      'Requires-Dist: nvidia-other; extra == "other"\n',
  });
  const target = join(folder, "deps");
  expect(await unpack(wheel, target)).toEqual([
    "nvidia-cublas-cu12<13.0,>=12.5.3.2",
    "nvidia-nccl-cu12==2.27.7",
  ]);
  expect(await filesIn(target)).toEqual([
    "include/tensorflow/c/c_api.h",
    "include/tensorflow/c/eager/c_api.h",
    "include/xla/tsl/c/tsl_status.h",
    "lib/libtensorflow_cc.so.2",
    "lib/libtensorflow_framework.so.2",
  ]);
  expect(await readFile(join(target, "lib", "libtensorflow_cc.so.2"), "utf8")).toBe("library");
});

test("of NVIDIA's wheels the libraries are taken to where TensorFlow looks for them", async () => {
  const wheel = await wheelOf("cublas", {
    "nvidia/cublas/lib/libcublas.so.12": "cublas",
    "nvidia/cublas/include/cublas.h": "not needed",
    "nvidia_cublas_cu12-12.5.dist-info/METADATA": "Name: nvidia-cublas-cu12\n",
  });
  const target = join(folder, "cuda");
  expect(await unpack(wheel, target)).toEqual([]);
  expect(await filesIn(target)).toEqual(["nvidia/cublas/lib/libcublas.so.12"]);
});
