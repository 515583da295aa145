/** What the language knows of the world outside a recipe's text. The features only read it. */
import type { T5Configuration } from "../checkpoint/configuration";
import type { RunRecord } from "../protocol/run";
import type { StageModel } from "../recipe/stage-models";

/** What tokenizers are compared by. */
export type RecipeTokenizer = NonNullable<StageModel["tokenizer"]>;

export interface RecipeFacts {
  /** The recipe's; undefined where it cannot be read. */
  readonly tokenizer: RecipeTokenizer | undefined;
  /** Of a checkpoint folder that the recipe imports, as it names it. */
  readonly imported: (folder: string) => T5Configuration | undefined;
  /** FLOPs a second of this machine, from past runs; undefined until one has been measured. */
  readonly flopsPerSecond: number | undefined;
  /** The recipe's newest run. */
  readonly run: RecipeRun | undefined;
}

export interface RecipeRun {
  /** Absolute. */
  readonly folder: string;
  /** A living process holds it. */
  readonly running: boolean;
  readonly record: RunRecord;
}

export interface PathEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Files around a recipe; paths are as the recipe would write them. */
export interface RecipePaths {
  /** What lies in a folder; [] where there is none. */
  entries(folder: string): Promise<readonly PathEntry[]>;
  /** Folders that hold a checkpoint. */
  checkpoints(): Promise<readonly string[]>;
}
