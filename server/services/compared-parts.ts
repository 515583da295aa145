/**
 * Which parts of a fused checkpoint a smaller one can be compared with: those of its sizes. Where it is one of the
 * parents that were fused, told by the hash of its weights, those that came from it.
 */
import type { Checkpoint } from "../checkpoint/checkpoint";
import { weightsSha256 } from "../checkpoint/hash";
import type { Lineage, PartSizes } from "../protocol/checkpoint";
import type { ComparedPart } from "../protocol/fusion";

/** [] where it fits nowhere, or is no smaller. */
export async function partsLike(
  small: Checkpoint,
  fused: Checkpoint,
  signal: AbortSignal,
): Promise<readonly ComparedPart[]> {
  const parents = fusedParents(fused.lineage);
  const fitting = placesOf(partsOf(small), fused.lineage?.parts ?? []).map((part) => ({
    ...part,
    names: namesOf(part, parents, fused),
  }));
  if (fitting.length < 2 || !isOnePartEach(parents, fused)) return fitting;
  const sha256 = await weightsSha256(small.weights, signal);
  const own = fitting.filter(({ first }) => parents[first]?.sha256 === sha256);
  return own.length > 0 ? own : fitting;
}

/** Whether each of the parents that were fused brought one part, so that parts and parents are counted alike. */
export function isOnePartEach(parents: readonly FusedParent[], { lineage }: Checkpoint): boolean {
  return parents.length === lineage?.parts?.length;
}

export interface FusedParent {
  readonly name: string;
  readonly sha256: string;
}

/** Of the newest fusion that a checkpoint comes from, in the order of their parts; [] where there was none. */
export function fusedParents(lineage: Lineage | undefined): readonly FusedParent[] {
  if (lineage === undefined) return [];
  if (lineage.operation.kind === "fused") {
    return lineage.parents.map(({ name, weights_sha256 }) => ({ name, sha256: weights_sha256 }));
  }
  const fusion = lineage.ancestors.find(({ operation }) => operation.kind === "fused");
  return (fusion?.parents ?? []).map((sha256) => {
    const parent = lineage.ancestors.find(({ weights_sha256 }) => weights_sha256 === sha256);
    return { name: parent?.name ?? "", sha256 };
  });
}

export function partsOf({ configuration, lineage }: Checkpoint): readonly PartSizes[] {
  const { d_model, num_heads, d_ff } = configuration;
  return lineage?.parts ?? [{ d_model, num_heads, d_ff }];
}

/** Where `some` stand side by side among `all`. */
export function placesOf(
  some: readonly PartSizes[],
  all: readonly PartSizes[],
): readonly { readonly first: number; readonly count: number }[] {
  const count = some.length;
  if (count >= all.length) return [];
  return Array.from({ length: all.length - count + 1 }, (_, first) => ({ first, count })).filter(
    ({ first }) => some.every((part, index) => isAlike(part, all[first + index]!)),
  );
}

function isAlike(one: PartSizes, other: PartSizes): boolean {
  const { d_model, num_heads, d_ff } = one;
  return d_model === other.d_model && num_heads === other.num_heads && d_ff === other.d_ff;
}

function namesOf(
  { first, count }: { readonly first: number; readonly count: number },
  parents: readonly FusedParent[],
  fused: Checkpoint,
): readonly string[] {
  if (!isOnePartEach(parents, fused)) return [];
  return parents
    .slice(first, first + count)
    .map(({ name }) => name)
    .filter((name) => name !== "");
}
