/** What training a checkpoint on looks like in a recipe; no VS Code in here, so that tests read it as it is. */
import { dirname, isAbsolute, relative, sep } from "node:path";

export interface TrainOnStages {
  /** Of the stage that brings the checkpoint in, and of the one that trains it. */
  readonly start: string;
  readonly trained: string;
}

/** Names that a recipe may have and that it has not yet. */
export function trainOnStages(checkpoint: string, taken: readonly string[]): TrainOnStages {
  const wanted = checkpoint
    .replace(/[^A-Za-z0-9_-]+/g, "_")
    .replace(/^[_-]+/, "")
    .slice(0, 40);
  const base = wanted === "" ? "start" : wanted;
  for (let number = 1; ; number++) {
    const start = number === 1 ? base : `${base}_${number}`;
    const trained = `${start}_on`;
    if (!taken.includes(start) && !taken.includes(trained)) return { start, trained };
  }
}

/** Values of the two stages, as YAML on a line. */
export function trainOnValues(
  recipe: string,
  checkpoint: string,
  { start }: TrainOnStages,
): { readonly start: string; readonly trained: string } {
  return {
    start: `{ import: ${JSON.stringify(pathFrom(recipe, checkpoint))} }`,
    trained: `{ train: ${start}, steps: ${usualSteps} }`,
  };
}

/** @param recipe where it will stand */
export function newTrainOnRecipe(
  recipe: string,
  checkpoint: string,
  stages: TrainOnStages,
): string {
  const values = trainOnValues(recipe, checkpoint, stages);
  return `# Trains a checkpoint on. Put your own text in place of the books.
version: 1
corpora:
  books: { embedded: [moby-dick, sotu], holdout: 0.02 }
defaults:
  train:
    corpus: books
    schedule: { kind: wsd, peak: 0.01 }
stages:
  ${stages.start}: ${values.start}
  ${stages.trained}: ${values.trained}
  compare: { evaluate: [${stages.start}, ${stages.trained}], corpus: books }
`;
}

const usualSteps = 1000;

/** As a recipe has it: from its own folder, with slashes; absolute where there is no way. */
function pathFrom(recipe: string, checkpoint: string): string {
  const path = relative(dirname(recipe), checkpoint);
  return isAbsolute(path) ? checkpoint : path.split(sep).join("/");
}
