/** Sets the graph engine up for CUDA: onnxruntime's provider, beside copies of its own library and its native part. */
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { constants } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pythonsToAsk } from "../../../install/pythons";
import { type InstallRequest, setUp } from "../../../install/set-up";
import type { Work } from "../../../install/work";
import { bindingPath, libraryVersion } from "../../library";
import { examineCuda, MissingCard } from "../examine";
import type { CudaOrigin, CudaRecord } from "../find";
import { cudaFiles, cudaFolder, cudaName, whyNotHere } from "../place";
import { placeProviders } from "./providers";

export interface InstalledCuda {
  readonly folder: string;
  readonly record: CudaRecord;
  /** Why it cannot compute here yet, for all that was set up; undefined where it does. */
  readonly missingCard?: string;
}

/** @throws {Error} it cannot be; the message says why, and nothing has changed */
export async function installCuda(options: InstallRequest<CudaOrigin>): Promise<InstalledCuda> {
  const { surroundings, signal, report } = options;
  const reason = whyNotHere();
  if (reason !== undefined) throw new Error(`Cannot set ${cudaName} up: ${reason}`);
  const folder = cudaFolder(surroundings);
  let missingCard: string | undefined;
  const record = await setUp({ name: cudaName, folder, signal, report }, async (staged, work) => {
    const made = await fill(staged, options, work);
    work.report("trying it out");
    missingCard = await tryOut(staged, made, signal);
    return made;
  });
  return { folder, record, ...(missingCard !== undefined && { missingCard }) };
}

async function fill(
  staged: string,
  { origin: asked, python, now }: InstallRequest<CudaOrigin>,
  work: Work,
): Promise<CudaRecord> {
  const files = cudaFiles(staged);
  await mkdir(files.libraries);
  await copyOwn(files.libraries);
  const options = { origin: asked, pythons: pythonsToAsk(python) };
  const placed = await placeProviders(files, options, work);
  return {
    ...{ format: 1, flavour: "cuda", onnxruntime: libraryVersion(), ...placed },
    created_at: now().toISOString(),
  };
}

async function copyOwn(libraries: string): Promise<void> {
  const own = dirname(bindingPath());
  for (const name of await readdir(own)) {
    if (name !== basename(bindingPath()) && !name.startsWith("libonnxruntime.so")) continue;
    await copyFile(join(own, name), join(libraries, name), constants.COPYFILE_FICLONE);
  }
}

/** A cluster's card is often in another machine than the one where things are set up. */
async function tryOut(
  staged: string,
  { libraries }: CudaRecord,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { binding: other, provider } = cudaFiles(staged);
  const binding = { own: bindingPath(), other, provider, libraries };
  try {
    await examineCuda({ binding, signal });
    return undefined;
  } catch (error) {
    if (error instanceof MissingCard) return error.message;
    throw error;
  }
}
