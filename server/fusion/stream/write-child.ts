/**
 * Writes a child's weights block by block from its parents' files: memory does not grow with the model, and the bytes
 * depend neither on the number of threads nor on how the work is cut.
 */
import { open, type FileHandle, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { carriedBytes } from "../../checkpoint/carried-tensors";
import { files } from "../../checkpoint/layout";
import { writtenBytes } from "../../checkpoint/safetensors-writer";
import {
  indexText,
  type PlannedFile,
  planShards,
  type ShardOptions,
} from "../../checkpoint/shard-plan";
import type { StoredSource } from "../../checkpoint/tensor-source";
import type { TensorPlan } from "../layout";
import type { FusionPlan } from "../plan";
import type { Crew } from "./crew";
import type { PlacedTensor, RowsTask } from "./task";

export interface ChildFiles extends ShardOptions {
  readonly parents: readonly StoredSource[];
  readonly fill: number;
  readonly seed: number;
  readonly crew: Crew;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/** Bytes of the child in one task: some hundred tasks for a big model, and a thousandth of a second each at least. */
const taskBytes = 32 * 2 ** 20;

/** Its files can be read; they stay open until they are on the disk. */
export interface WrittenChild {
  /** Settles once all is on the disk. To be waited for, whatever else fails. */
  readonly synced: Promise<void>;
}

/**
 * Into `folder`.
 * @throws {RangeError} float16 cannot hold a value
 */
export async function writeChild(
  folder: string,
  plan: FusionPlan,
  child: ChildFiles,
): Promise<WrittenChild> {
  const shapes = new Map([...plan.tensors].map(([name, { shape }]) => [name, shape]));
  const planned = planShards(shapes, child);
  const handles: FileHandle[] = [];
  const flusher = new Flusher(handles);
  try {
    for (const file of planned) handles.push(await create(folder, file));
    flusher.start();
    await writeTensors(plan, child, { planned, handles });
    const index = indexText(planned);
    if (index !== undefined) {
      await writeFile(join(folder, files.shardIndex), index, { flush: true });
    }
  } catch (error) {
    await flusher.close().catch(() => undefined);
    throw error;
  }
  const synced = flusher.close();
  synced.catch(() => undefined); // whoever waits for it hears of it
  return { synced };
}

interface Opened {
  readonly planned: readonly PlannedFile[];
  readonly handles: readonly FileHandle[];
}

async function create(
  folder: string,
  { name, header, sizeBytes, carried, positions }: PlannedFile,
) {
  const handle = await open(join(folder, name), "wx+");
  await handle.write(header, 0, header.length, 0);
  await handle.truncate(sizeBytes);
  for (const tensor of carried) {
    const bytes = await tensor.read();
    await handle.write(bytes, 0, bytes.length, positions.get(tensor.name));
  }
  return handle;
}

async function writeTensors(plan: FusionPlan, child: ChildFiles, opened: Opened): Promise<void> {
  const { crew, fill, onProgress } = child;
  const totalBytes = opened.planned.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = opened.planned.reduce((sum, { header, carried }) => {
    return sum + header.length + carriedBytes(carried);
  }, 0);
  onProgress(doneBytes, totalBytes);
  const write = async (tensor: TensorPlan): Promise<void> => {
    const std = fill > 0 && tensor.blockDiagonal ? fill * (await deviation(tensor, child)) : 0;
    await Promise.all(
      tasksOf(tensor, std, { child, opened }).map(async (task) => {
        const bytes = await crew.run(task);
        doneBytes += bytes;
        onProgress(doneBytes, totalBytes);
      }),
    );
  };
  const results = await Promise.allSettled([...plan.tensors.values()].map(write));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function deviation({ blocks }: TensorPlan, { parents, crew }: ChildFiles): Promise<number> {
  const tensors = blocks.flatMap(({ parent, source }) =>
    source === undefined ? [] : [placedTensor(parents[parent]!, source)],
  );
  return crew.run({ kind: "deviation", tensors });
}

export function placedTensor(source: StoredSource, name: string): PlacedTensor {
  return { name, shape: source.shapes.get(name)!, place: source.place(name) };
}

function tasksOf(
  tensor: TensorPlan,
  std: number,
  { child, opened }: { readonly child: ChildFiles; readonly opened: Opened },
): RowsTask[] {
  const { parents, seed, dtype } = child;
  const file = opened.planned.findIndex(({ positions }) => positions.has(tensor.name));
  const position = opened.planned[file]!.positions.get(tensor.name)!;
  const sources = tensor.blocks.map(({ parent, source }) =>
    source === undefined ? undefined : parents[parent]!.place(source),
  );
  const rowBytes = tensor.columns * writtenBytes[dtype];
  const rowsPerTask = Math.max(1, Math.floor(taskBytes / rowBytes));
  const tasks: RowsTask[] = [];
  for (let from = 0; from < tensor.rows; from += rowsPerTask) {
    tasks.push({
      kind: "rows",
      ...{ tensor, sources, std, seed },
      rows: { from, to: Math.min(from + rowsPerTask, tensor.rows) },
      target: { descriptor: opened.handles[file]!.fd, position, dtype },
    });
  }
  return tasks;
}

/** Hands the disk what is written as it is written, so that it does not idle until the end. */
class Flusher {
  private isClosing = false;
  private flushing: Promise<void> = Promise.resolve();

  constructor(private readonly handles: readonly FileHandle[]) {}

  start(): void {
    this.flushing = this.flush();
    this.flushing.catch(() => undefined); // close() tells
  }

  /** Syncs and closes all. */
  async close(): Promise<void> {
    this.isClosing = true;
    try {
      await this.flushing;
      for (const handle of this.handles) await handle.sync();
    } finally {
      for (const handle of this.handles) await handle.close();
    }
  }

  private async flush(): Promise<void> {
    while (!this.isClosing) {
      for (const handle of this.handles) await handle.datasync();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
