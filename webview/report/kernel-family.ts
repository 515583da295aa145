/** Which stages a stage's kernels are to be seen beside. */
import { ancestors, type Stage } from "./model";

export function stagesWithHeatMaps(stages: readonly Stage[]): Stage[] {
  return stages.filter(({ heatMaps }) => heatMaps.length > 0);
}

export function kernelNames({ heatMaps }: Stage): string[] {
  return [...new Set(heatMaps.map(({ kernel }) => kernel))];
}

/** The nearest ancestors that have heat maps: through a fusion, its parents. */
export function familyOf(stage: Stage, stages: readonly Stage[]): { readonly parents: Stage[] } {
  const byId = new Map(stages.map((each) => [each.id, each]));
  const nearest = (ids: readonly string[]): Stage[] =>
    [...new Set(ids)].flatMap((id) => {
      const parent = byId.get(id);
      if (parent === undefined) return [];
      return parent.heatMaps.length > 0 ? [parent] : nearest(parent.parentIds);
    });
  // A recipe's graph has no cycles; a damaged folder might.
  return ancestors(stage, byId).has(stage)
    ? { parents: [] }
    : { parents: nearest(stage.parentIds) };
}
