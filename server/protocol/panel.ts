/** Between the training panel's page and the extension host. Runs and their figures come from the hub. */
import type { DoctorAnswer } from "./engines";
import type { RelayEvent, RelayRequest } from "./relay";
import type { ControlRequest } from "./runs";

/** What the panel edits, by the recipe's names. */
export type RecipeField = "learning_rate" | "steps" | "batch" | "seed";

export interface PanelField {
  /** What counts for the stage; absent: the recipe leaves it to the program. */
  readonly value?: number;
  /** Where the value stands: edits of an inherited one are written to the stage itself. */
  readonly source: "stage" | "defaults" | "program";
}

export interface PanelStage {
  readonly name: string;
  readonly fields: Readonly<Record<RecipeField, PanelField>>;
}

export interface PanelRecipe {
  /** Absolute path; names the recipe in the messages below. */
  readonly file: string;
  /** What the user sees. */
  readonly name: string;
  /** Its train stages, in the recipe's order; [] where it cannot be read. */
  readonly stages: readonly PanelStage[];
  /** Errors that keep it from running. */
  readonly errors: number;
}

/** What was found of this machine's engines, or why nothing was, in words for the user. */
export type EnginesFound = { readonly answer: DoctorAnswer } | { readonly failed: string };

/** extension → panel. */
export type ToPanel =
  | RelayEvent
  /** The workspace's recipes, whenever one has changed; `trusted`: runs may be started here. */
  | {
      readonly kind: "recipes";
      readonly recipes: readonly PanelRecipe[];
      readonly trusted: boolean;
    }
  /** Answers "examine-engines", once for each. */
  | { readonly kind: "engines"; readonly found: EnginesFound }
  /** Shows this run. */
  | { readonly kind: "show-run"; readonly run: string };

/** panel → extension. */
export type FromPanel =
  | RelayRequest
  /** The page listens from now on. */
  | { readonly kind: "ready" }
  | { readonly kind: "start"; readonly recipe: string }
  | { readonly kind: "control"; readonly run: string; readonly request: ControlRequest }
  /** A stopped, paused or failed run goes on; one whose process waits (state "paused") gets "control" instead. */
  | { readonly kind: "resume"; readonly run: string }
  | { readonly kind: "open-dashboard"; readonly run: string }
  | { readonly kind: "open-recipe"; readonly recipe: string }
  | { readonly kind: "show-log"; readonly run: string }
  /** Takes seconds: each engine takes a few training steps. */
  | { readonly kind: "examine-engines" }
  | { readonly kind: "try-sample" }
  | { readonly kind: "new-recipe" }
  /** An edit of the recipe's document, so that undo works; the new recipe comes back by "recipes". */
  | {
      readonly kind: "edit";
      readonly recipe: string;
      readonly stage: string;
      readonly field: RecipeField;
      readonly value: number;
    };
