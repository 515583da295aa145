/** What the kernels' section must know of a stage, and which stages a stage's kernels are to be seen beside. */
import type { KernelTable } from "../../server/protocol/kernel-columns";
import type { HeatMap } from "../../server/protocol/metrics";

/** A recorded heat map, without its values. */
export type Picture = Omit<HeatMap, "values">;

export interface KernelStage<Kind extends Picture = Picture> {
  /** Unique among those shown. */
  readonly id: string;
  readonly label: string;
  /** Picks colour, mark and dash. */
  readonly index: number;
  /** Ids of the stages that it takes its weights from. */
  readonly parentIds: readonly string[];
  /** By kernel, in the order of their steps. */
  readonly pictures: ReadonlyMap<string, readonly Kind[]>;
  /** Statistics of all its kernels. */
  readonly kernels: KernelTable;
  /** What is to be said of its pictures. */
  readonly note?: string;
}

export interface KernelChoice {
  /** Id of the stage. */
  readonly stage: string | undefined;
  readonly kernel: string | undefined;
}

/** A choice that there is: what was chosen, else where a fusion shows, else the first; none without a picture. */
export function settle<Stage extends KernelStage>(
  stages: readonly Stage[],
  wanted: KernelChoice,
): { readonly stage: Stage; readonly kernel: string } | undefined {
  const candidates = stages.filter(({ pictures }) => pictures.size > 0);
  const stage =
    candidates.find(({ id }) => id === wanted.stage) ??
    candidates.find((each) => kernelWithBlocks(each) !== undefined) ??
    candidates[0];
  if (stage === undefined) return undefined;
  const kernels = [...stage.pictures.keys()];
  const kernel =
    kernels.find((name) => name === wanted.kernel) ?? kernelWithBlocks(stage) ?? kernels[0];
  return kernel === undefined ? undefined : { stage, kernel };
}

/** The nearest ancestors that have pictures of this kernel: through a fusion, its parents. */
export function parentsWith<Stage extends KernelStage>(
  stage: Stage,
  kernel: string,
  stages: readonly Stage[],
): Stage[] {
  const seen = new Set([stage.id]);
  const nearest = (ids: readonly string[]): Stage[] =>
    ids.flatMap((id) => {
      const parent = stages.find((each) => each.id === id);
      if (parent === undefined || seen.has(id)) return [];
      seen.add(id);
      return parent.pictures.has(kernel) ? [parent] : nearest(parent.parentIds);
    });
  return nearest(stage.parentIds);
}

/** One with blocks off the diagonal: there a fusion shows. */
function kernelWithBlocks({ pictures }: KernelStage): string | undefined {
  for (const [kernel, [first]] of pictures) {
    if (first !== undefined && first.rowBorders.length > 1 && first.columnBorders.length > 1)
      return kernel;
  }
  return undefined;
}
