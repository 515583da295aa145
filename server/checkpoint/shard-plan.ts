/**
 * Which file holds which tensor of a checkpoint that is about to be written, and where: known before a value is.
 *
 * As transformers does it, tensors go into a shard in their order while it stays within the limit; a larger one has a
 * shard of its own. One shard is a plain model.safetensors; several have an index beside them.
 */
import type { CarriedTensor } from "./carried-tensors";
import { files } from "./layout";
import { encodeHeader, headerEntries, type WrittenDtype, writtenBytes } from "./safetensors-writer";
import { sizeOf, type TensorSource } from "./tensor-source";

export interface PlannedFile {
  readonly name: string;
  readonly header: Uint8Array;
  readonly sizeBytes: number;
  /** Where each tensor's values begin. */
  readonly positions: ReadonlyMap<string, number>;
  /** What of it is copied from elsewhere as it is. */
  readonly carried: readonly CarriedTensor[];
}

export interface ShardOptions {
  readonly dtype: WrittenDtype;
  /** Of the values in a file; its header comes on top. */
  readonly maxShardBytes: number;
  /** Come into the first file. */
  readonly carried?: readonly CarriedTensor[] | undefined;
}

export const defaultMaxShardBytes = 5e9;

export function planShards(shapes: TensorSource["shapes"], options: ShardOptions): PlannedFile[] {
  const groups = groupTensors(shapes, options);
  const { dtype, carried = [] } = options;
  return groups.map((group, i) =>
    planFile(shardName(i, groups.length), group, { dtype, carried: i === 0 ? carried : [] }),
  );
}

/** The text of the index; undefined for a single file. */
export function indexText(planned: readonly PlannedFile[]): string | undefined {
  if (planned.length === 1) return undefined;
  const map = planned.flatMap(({ name, positions }) =>
    [...positions.keys()].map((tensor) => [tensor, name] as const),
  );
  const total = planned.reduce((sum, { sizeBytes, header }) => sum + sizeBytes - header.length, 0);
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(map.toSorted()) };
  return `${JSON.stringify(index, null, 2)}\n`;
}

function groupTensors(
  shapes: TensorSource["shapes"],
  { dtype, maxShardBytes }: ShardOptions,
): TensorSource["shapes"][] {
  const groups: Map<string, readonly number[]>[] = [];
  let room = 0;
  for (const [name, shape] of shapes) {
    const sizeBytes = sizeOf(shape) * writtenBytes[dtype];
    if (groups.length === 0 || sizeBytes > room) {
      groups.push(new Map());
      room = maxShardBytes;
    }
    groups.at(-1)!.set(name, shape);
    room -= sizeBytes;
  }
  return groups;
}

function planFile(
  name: string,
  shapes: TensorSource["shapes"],
  { dtype, carried }: { dtype: WrittenDtype; carried: readonly CarriedTensor[] },
): PlannedFile {
  const header = encodeHeader(shapes, dtype, carried);
  const positions = new Map<string, number>();
  let position = header.length;
  for (const entry of headerEntries(shapes, dtype, carried)) {
    positions.set(entry.name, position);
    position += entry.sizeBytes;
  }
  return { name, header, sizeBytes: position, positions, carried };
}

function shardName(index: number, count: number): string {
  if (count === 1) return files.weights;
  const number = (value: number) => String(value).padStart(5, "0");
  return `model-${number(index + 1)}-of-${number(count)}.safetensors`;
}
