/** onnxruntime's CUDA provider, which is too large for its package: from where its own installer takes it, or PyPI. */
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { watchGrowth } from "../../../install/growth";
import { installByNpm } from "../../../install/npm";
import { runProgram } from "../../../install/run-program";
import { fetchWheels, findPip } from "../../../install/wheels";
import type { Work } from "../../../install/work";
import { libraryVersion } from "../../library";
import type { CudaOrigin } from "../find";
import { type cudaFiles, providerNames } from "../place";
import { findLibraries, type Libraries } from "./libraries";
import unpackProviders from "./python/unpack_providers.py";

export interface ProvidersOptions {
  /** By default the first that works. */
  readonly origin: CudaOrigin | undefined;
  /** Interpreters, the best first. */
  readonly pythons: readonly string[];
}

const titles = {
  package: "onnxruntime's own installer",
  wheel: "the wheel of onnxruntime-gpu",
} as const;

/**
 * With what it is linked to, which differs: each way brings another version of CUDA.
 * @throws {Error} none can be had; the message says why, for each
 */
export async function placeProviders(
  { libraries: folder, provider }: ReturnType<typeof cudaFiles>,
  { origin: asked, pythons }: ProvidersOptions,
  work: Work,
): Promise<Libraries & { readonly origin: CudaOrigin }> {
  const ways = {
    package: () => fromPackage(folder, work),
    wheel: () => fromWheel(folder, pythons, work),
  };
  const reasons: string[] = [];
  for (const origin of asked === undefined ? (["package", "wheel"] as const) : [asked]) {
    try {
      await ways[origin]();
      return { origin, ...(await findLibraries(provider, pythons, work)) };
    } catch (error) {
      work.signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      reasons.push(`${titles[origin]}: ${reason}`);
      work.report(`not by ${titles[origin]}: ${reason}`);
    }
  }
  throw new Error(reasons.join("; "));
}

/** It needs a package of its own, since it puts what it fetches there. */
async function fromPackage(folder: string, work: Work): Promise<void> {
  const staged = join(folder, "package");
  await mkdir(staged);
  work.report("running onnxruntime's own installer");
  const stop = watchGrowth(staged, (megabytes) => {
    work.report(`running onnxruntime's own installer: ${megabytes} MB`);
  });
  try {
    await installByNpm(
      staged,
      {
        dependencies: { "onnxruntime-node": libraryVersion() },
        installers: ["onnxruntime-node"],
        environment: { ONNXRUNTIME_NODE_INSTALL: "cuda12", TMPDIR: staged },
      },
      work,
    );
    const fetched = join(staged, "node_modules/onnxruntime-node/bin/napi-v6/linux/x64");
    for (const name of providerNames) await copyFile(join(fetched, name), join(folder, name));
  } finally {
    stop();
    await rm(staged, { recursive: true });
  }
}

async function fromWheel(folder: string, pythons: readonly string[], work: Work): Promise<void> {
  const { signal, onOutput, report } = work;
  const python = await findPip(pythons, signal);
  const requirements = [`onnxruntime-gpu==${libraryVersion()}`];
  try {
    const options = { python, requirements, pythonVersion: "3.12", architecture: "x86_64" };
    const [wheel] = await fetchWheels(folder, options, work);
    report("unpacking the CUDA provider");
    await runProgram([python, "-c", unpackProviders, wheel!, folder], {
      ...{ directory: folder, signal, onOutput },
    });
  } finally {
    await rm(join(folder, "wheels"), { recursive: true, force: true });
  }
}
