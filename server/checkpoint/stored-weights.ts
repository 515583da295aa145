/**
 * From the tensors that a file holds to those that its configuration asks for.
 *
 * Old and new versions of transformers store a few tensors more than a model has: the embedding under up to
 * three names, a tied head, and a relative bias of the cross-attention that is never used.
 */
import { type CarriedTensor, carriedTensors } from "./carried-tensors";
import type { TieAuthority } from "./config-json";
import type { T5Configuration } from "./configuration";
import { findDtype, readableDtypes } from "./dtypes";
import { printable } from "./json";
import { parameterShapes } from "./parameters";
import type { StoredTensors } from "./stored-tensors";
import type { StoredSource, TensorSource } from "./tensor-source";

type Shapes = TensorSource["shapes"];

const embedding = "shared.weight";
const head = "lm_head.weight";
const embeddingCopies = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];
const unused = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

export interface StoredWeights {
  /** As the configuration said, but for what only the file tells: whether the head is tied. */
  readonly configuration: T5Configuration;
  /** Named, shaped and ordered as parameterShapes() says. */
  readonly weights: StoredSource;
  /** What lies beside them. */
  readonly carried: readonly CarriedTensor[];
}

/**
 * @throws {RangeError} with every tensor that is missing, unexpected, misshapen or of a dtype that is not
 *   supported
 */
export async function storedWeights(
  file: StoredTensors,
  stated: T5Configuration,
  authority: TieAuthority,
): Promise<StoredWeights> {
  const names: Names = new Map([...file.shapes.keys()].map((name) => [name, name]));
  names.delete(unused);
  await mergeEmbeddings(file, names);
  const configuration = await decideHead(file, names, { stated, authority });
  const shapes = parameterShapes(configuration);
  const carried = carriedTensors(file, shapes);
  for (const { name } of carried) names.delete(name);
  const found = new Map<string, Found>();
  for (const [name, storedName] of names) found.set(name, file.tensors.get(storedName)!);
  const problems = [...differences(shapes, found)];
  if (problems.length > 0) throw refusal(file.path, problems);
  const stored = (name: string) => names.get(name) ?? name;
  return {
    configuration,
    weights: {
      shapes,
      read: (name) => file.read(stored(name)),
      dtype: (name) => file.dtype(stored(name)),
      place: (name) => file.place(stored(name)),
    },
    carried,
  };
}

/** @throws {TypeError} naming what is missing, unexpected or misshapen */
export function checkSource(shapes: Shapes, configuration: T5Configuration): void {
  const found = new Map([...shapes].map(([name, shape]) => [name, { shape }]));
  const problems = [...differences(parameterShapes(configuration), found)];
  if (problems.length > 0) {
    throw new TypeError(`Cannot write checkpoint: ${joined(problems)}`);
  }
}

/** Canonical name → name in the file. */
type Names = Map<string, string>;

async function mergeEmbeddings(file: StoredTensors, names: Names): Promise<void> {
  for (const copy of embeddingCopies) {
    if (!names.delete(copy)) continue;
    const original = names.get(embedding);
    if (original === undefined) names.set(embedding, copy);
    else if (!(await areEqual(file, copy, original))) {
      throw refusal(file.path, [
        `tensor ${copy} differs from ${original}, but a T5 has one embedding for both stacks`,
      ]);
    }
  }
}

async function decideHead(
  file: StoredTensors,
  names: Names,
  { stated, authority }: { stated: T5Configuration; authority: TieAuthority },
): Promise<T5Configuration> {
  if (!stated.tie_word_embeddings || !names.has(head)) return stated;
  const original = names.get(embedding);
  if (original !== undefined && (await areEqual(file, head, original))) {
    names.delete(head);
    return stated;
  }
  if (authority === "file") return { ...stated, tie_word_embeddings: false };
  throw refusal(file.path, [
    `tensor ${head} differs from ${embedding}, but config.json ties them; set tie_word_embeddings to false ` +
      "there if the head is meant to be its own, or remove the tensor",
  ]);
}

interface Found {
  readonly shape: readonly number[];
  readonly dtype?: string;
}

function* differences(expected: Shapes, stored: ReadonlyMap<string, Found>): Generator<string> {
  for (const [name, shape] of expected) {
    const found = stored.get(name);
    if (found === undefined) yield `tensor ${name} is missing`;
    else if (!sameShape(found.shape, shape)) {
      yield `tensor ${name} is [${found.shape.join(", ")}], expected [${shape.join(", ")}]`;
    } else if (found.dtype !== undefined && findDtype(found.dtype)?.toFloat32 === undefined) {
      yield `tensor ${name} is ${found.dtype}; weights are ${readableDtypes().join(", ")}`;
    }
  }
  for (const name of stored.keys()) {
    if (!expected.has(name)) yield `tensor ${printable(name)} is not part of this model`;
  }
}

async function areEqual(file: StoredTensors, a: string, b: string): Promise<boolean> {
  if (!sameShape(file.shapes.get(a) ?? [], file.shapes.get(b) ?? [])) return false;
  return file.areEqual(a, b);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

function refusal(path: string, problems: readonly string[]): RangeError {
  return new RangeError(`Cannot use ${path}: ${joined(problems)}`);
}

const mostShown = 8;

function joined(problems: readonly string[]): string {
  const rest = problems.length - mostShown;
  return [...problems.slice(0, mostShown), ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
}
