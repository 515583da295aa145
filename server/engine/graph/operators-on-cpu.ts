/** Which operators a device leaves to the CPU, by onnxruntime's own record of a run. */
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, HostTensors, LossFunction } from "../engine";
import { sizeOf } from "../host";
import { graphEngine } from "./engine";

/** Runs one gradient of the loss, of weights and inputs that are all zero. @returns names of ONNX operators */
export async function operatorsOnCpu(
  device: Engine["device"],
  definition: LossFunction,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "deep-fusion-doctor-"));
  try {
    await runOnce({ device, profilePrefix: join(folder, "session") }, definition);
    const files = await readdir(folder);
    const records = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
    return [...new Set(records.flatMap(namesOnCpu))].sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runOnce(
  options: { readonly device: Engine["device"]; readonly profilePrefix: string },
  definition: LossFunction,
): Promise<void> {
  const engine = await graphEngine({ ...options, threads: 1 });
  const compiled = await engine.compileGradients(definition);
  const stores = [
    engine.allocate(definition.weights),
    engine.allocate(definition.weights),
  ] as const;
  await compiled.run(...stores, [zeros(definition)], "replace");
  for (const store of stores) store.dispose();
  await engine.dispose();
}

function zeros({ inputs }: LossFunction): HostTensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]) => [
      name,
      dtype === "int32" ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape)),
    ]),
  );
}

interface ProfileEvent {
  readonly args?: { readonly op_name?: string; readonly provider?: string };
}

/** Of one session: a list of events in the format of Chrome's traces. */
export function namesOnCpu(record: string): string[] {
  const events = JSON.parse(record) as readonly ProfileEvent[];
  return events.flatMap(({ args }) =>
    args?.provider === "CPUExecutionProvider" && args.op_name !== undefined ? [args.op_name] : [],
  );
}
