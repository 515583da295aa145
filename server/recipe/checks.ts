/** What a recipe means as a whole: names, sizes that must fit, and what is allowed but worth knowing. */
import type { Fix, Problem, Severity } from "./problem";
import type { Recipe, TrainStageEntry } from "./recipe";
import type { Place } from "./validate";

/** A recipe of which some may be missing: what was wrong by itself is already reported. */
export interface Draft {
  readonly recipe: Recipe;
  /** All names that the text declares, also of things that are wrong themselves. */
  readonly names: Readonly<Record<"corpus" | "model" | "stage", ReadonlySet<string>>>;
  readonly report: Report;
  readonly has: (path: string) => boolean;
}

export interface Hints {
  readonly severity?: Severity;
  readonly allowed?: string;
  readonly near?: string | undefined;
  readonly fixes?: readonly Fix[];
  /** Where the finding points; the value unless given. */
  readonly at?: "key" | "value";
}

export type Report = (path: string, message: string, hints?: Hints) => void;

export type Check = (draft: Draft) => void;

/** Reports at the nearest place that the text has: of the path itself, or of what it stands in. */
export function reporter(
  file: string,
  places: ReadonlyMap<string, Place>,
  problems: Problem[],
): Report {
  return (path, message, { severity = "error", allowed, near, fixes, at = "value" } = {}) => {
    let nearestPath = path;
    while (nearestPath !== "" && !places.has(nearestPath)) nearestPath = outer(nearestPath);
    const place = places.get(nearestPath);
    if (place === undefined) return;
    const keyed = at === "key" || nearestPath !== path;
    problems.push({
      severity,
      file,
      range: (keyed ? place.keyRange : undefined) ?? place.range,
      key: path,
      message,
      ...(nearestPath === path && place.source !== "" ? { value: place.source } : {}),
      ...(allowed === undefined ? {} : { allowed }),
      ...(near === undefined ? {} : { near }),
      ...(fixes === undefined ? {} : { fixes }),
    });
  };
}

function outer(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("."), path.lastIndexOf("[")));
}

export function trainStages(recipe: Recipe): [string, TrainStageEntry][] {
  return Object.entries(recipe.stages).flatMap(([name, entry]) =>
    "train" in entry ? [[name, entry] as [string, TrainStageEntry]] : [],
  );
}
