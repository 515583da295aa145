import { fc } from "../../support/properties";
import type { ResolvedStage } from "../../../server/recipe/resolve";

/** A stage that needs others, and nothing of a disk. */
export function fuseStage(name: string, parents: readonly string[]): ResolvedStage {
  return {
    kind: "fuse",
    name,
    parents,
    copies: 1,
    method: "rule",
    fill: 0,
    seed: 0,
    optimizer: undefined,
    text: undefined,
  };
}

/** Stages over any earlier ones, parents first: every graph without cycles. */
export const stageGraphs = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
  .map((links) =>
    links.map((parents, index) =>
      fuseStage(
        `s${index}`,
        index === 0 ? [] : [...new Set(parents.map((parent) => `s${parent % index}`))],
      ),
    ),
  );
