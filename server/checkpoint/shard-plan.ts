/**
 * Which file holds which tensor of a checkpoint that is about to be written, and where: known before a value is.
 *
 * As transformers does it, tensors go into a shard in their order while it stays within the limit; a larger one has a
 * shard of its own. One shard is a plain model.safetensors; several have an index beside them.
 */
import { files } from "./layout";
import { encodeHeader, type WrittenDtype, writtenBytes } from "./safetensors-writer";
import { sizeOf, type TensorSource } from "./tensor-source";

export interface PlannedFile {
  readonly name: string;
  readonly header: Uint8Array;
  readonly sizeBytes: number;
  /** Where each tensor's values begin. */
  readonly positions: ReadonlyMap<string, number>;
}

export interface ShardOptions {
  readonly dtype: WrittenDtype;
  /** Of the values in a file; its header comes on top. */
  readonly maxShardBytes: number;
}

export const defaultMaxShardBytes = 5e9;

export function planShards(shapes: TensorSource["shapes"], options: ShardOptions): PlannedFile[] {
  const groups = groupTensors(shapes, options);
  return groups.map((group, i) => planFile(shardName(i, groups.length), group, options.dtype));
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

function planFile(name: string, shapes: TensorSource["shapes"], dtype: WrittenDtype): PlannedFile {
  const header = encodeHeader(shapes, dtype);
  const positions = new Map<string, number>();
  let position = header.length;
  for (const [tensor, shape] of shapes) {
    positions.set(tensor, position);
    position += sizeOf(shape) * writtenBytes[dtype];
  }
  return { name, header, sizeBytes: position, positions };
}

function shardName(index: number, count: number): string {
  if (count === 1) return files.weights;
  const number = (value: number) => String(value).padStart(5, "0");
  return `model-${number(index + 1)}-of-${number(count)}.safetensors`;
}
