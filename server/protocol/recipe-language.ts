/** What the training panel asks about a recipe, and how it changes one: by edits of its text, so that undo works. */
import { RequestType } from "vscode-jsonrpc";

export interface RecipePlace {
  /** URI of an open recipe. */
  readonly uri: string;
}

export interface SetRecipeValueParams extends RecipePlace {
  /** "stages.a.steps", "defaults.train.schedule.peak". */
  readonly path: string;
  /** YAML that fits on a line; absent: the key is taken out. */
  readonly value?: string;
}

/** As LSP's own; lines and characters count from 0. */
export interface RecipeEdit {
  readonly range: {
    readonly start: { readonly line: number; readonly character: number };
    readonly end: { readonly line: number; readonly character: number };
  };
  readonly newText: string;
}

export interface RecipeSetting {
  /** What counts for the stage; null where nobody says. */
  readonly value: number | null;
  /** Who says it: the stage itself, the recipe's defaults, or nobody. */
  readonly source: "stage" | "defaults" | "program";
}

export interface RecipeStageSummary {
  readonly name: string;
  readonly kind: "train" | "fuse" | "import" | "evaluate";
  /** Stages that it needs. */
  readonly inputs: readonly string[];
  /** Of a train stage: its settings with all defaults. */
  readonly settings?: Readonly<Record<"steps" | "batch" | "seed" | "peak", RecipeSetting>>;
  readonly tokens?: number;
  readonly flops?: number;
  /** On this machine; absent until its speed has been measured. */
  readonly seconds?: number;
}

export interface RecipeSummary {
  readonly errors: number;
  /** In the order of the file. */
  readonly stages: readonly RecipeStageSummary[];
}

/** extension → server. The edit that the extension is to apply; null where the place cannot be found or made. */
export const setRecipeValue = new RequestType<SetRecipeValueParams, RecipeEdit | null, void>(
  "deepFusion/recipe/set",
);

/** extension → server. Null where the recipe is not open. */
export const summariseRecipe = new RequestType<RecipePlace, RecipeSummary | null, void>(
  "deepFusion/recipe/summary",
);
