/** Fills an engine's folder: all of it is made beside its place, tried out, and put in place whole. */
import { createWriteStream, existsSync, type WriteStream } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replaceDirectory } from "../../files/replace-directory";
import { recordName, type Surroundings } from "../engines-folder";
import type { Work } from "./work";

/** What a user asks for. */
export interface InstallRequest<Origin extends string> extends Pick<Work, "signal" | "report"> {
  /** Where what is set up is to come from; by default the first that can be. */
  readonly origin?: Origin;
  /** An interpreter, or the folder of an environment. */
  readonly python?: string;
  readonly surroundings: Surroundings;
  readonly now: () => Date;
}

export interface SetUpOptions extends Pick<Work, "signal" | "report"> {
  /** As the user names the engine. */
  readonly name: string;
  readonly folder: string;
}

/**
 * @param fill makes the engine in the folder that it is given, and returns its record
 * @throws {Error} it cannot be; the message says why, and nothing has changed
 */
export async function setUp<EngineRecord extends object>(
  options: SetUpOptions,
  fill: (staged: string, work: Work) => Promise<EngineRecord>,
): Promise<EngineRecord> {
  const { folder, signal, report } = options;
  await refuseForeign(options);
  await mkdir(dirname(folder), { recursive: true });
  const log = createWriteStream(`${folder}.log`);
  const work: Work = { signal, report, onOutput: (text) => log.write(text) };
  let record: EngineRecord | undefined;
  try {
    await replaceDirectory(
      folder,
      () => true,
      async (staged) => {
        record = await fill(staged, work);
        await writeFile(join(staged, recordName), JSON.stringify(record, null, 2));
      },
    );
  } catch (error) {
    await ended(log);
    signal.throwIfAborted();
    throw refusal(error, options, log);
  }
  await ended(log);
  await rm(log.path, { force: true });
  return record!;
}

/** Whatever else lies there is not ours to replace. */
async function refuseForeign({ name, folder }: SetUpOptions): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0 || existsSync(join(folder, recordName))) return;
  throw new RangeError(
    `Cannot set ${name} up in ${folder}: it holds ${JSON.stringify(names[0])}, and is no engine; ` +
      "name another folder in DEEP_FUSION_ENGINES",
  );
}

function ended(log: WriteStream): Promise<void> {
  return new Promise((resolve) => {
    log.end(resolve);
  });
}

function refusal(error: unknown, { name }: SetUpOptions, { path, bytesWritten }: WriteStream) {
  const where = bytesWritten > 0 ? `; what was printed is in ${String(path)}` : "";
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`Cannot set ${name} up: ${reason}${where}`, { cause: error });
}
