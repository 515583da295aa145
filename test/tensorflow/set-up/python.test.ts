import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engineFiles } from "../../../server/engine/tensorflow/place";
import {
  doctorIn,
  emptyFolder,
  examined,
  type Prepared,
  preparedEngine,
  pythonEnvironment,
  removeFolder,
} from "./support/prepared";

let prepared: Prepared;
let folder: string;
let [environment, engines] = ["", ""];

beforeAll(async () => {
  prepared = await preparedEngine();
  folder = await emptyFolder();
  environment = join(folder, "environment");
  engines = join(folder, "engines");
  await pythonEnvironment(environment, prepared);
});

afterAll(() => removeFolder(folder));

test("a Python environment's TensorFlow is used where it lies, by links alone", async () => {
  const flags = ["--install", "tensorflow", "--from", "python", "--python", environment, "--json"];
  const { code, stdout, stderr } = await doctorIn(engines, ...flags);
  expect(stderr).toContain(`taking TensorFlow ${prepared.record.tensorflow} of ${environment}`);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    folder: join(engines, "tensorflow"),
    engine: { origin: "python", environment, tensorflow: prepared.record.tensorflow },
  });
  const { dependencies } = engineFiles(join(engines, "tensorflow"), "tensorflow");
  const names = await readdir(join(dependencies, "lib"));
  expect(names.sort()).toEqual(["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]);
  for (const name of names) {
    const link = join(dependencies, "lib", name);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readlink(link)).toContain(environment);
  }
  expect(await readdir(engines)).toEqual(["tensorflow"]);
  expect(await examined(engines, "cpu")).toMatchObject({ usable: true, reason: "" });
});

test("an environment that has gone since is named", async () => {
  await removeFolder(environment);
  const { usable, reason } = await examined(engines, "cpu");
  expect(usable).toBe(false);
  expect(reason).toBe(
    `the Python environment ${environment}, whose TensorFlow it uses, has gone; ` +
      "npx deep-fusion doctor --install tensorflow sets it up again",
  );
});
