/** The text of a `*.fusion.yaml` → a recipe and everything that is wrong with it. Pure, and never throws. */
import { adviseBaselines, adviseDropout, adviseFusions, adviseUnused } from "./check-advice";
import { checkCycles, checkNames } from "./check-names";
import { checkCorpora, checkFusions, checkModels, checkTraining } from "./check-sizes";
import { reporter } from "./checks";
import type { Check, Draft } from "./checks";
import { recipeFields } from "./fields";
import { checkReferences } from "./hub-references";
import { inOrder, isError } from "./problem";
import type { Problem } from "./problem";
import type { Recipe } from "./recipe";
import type { FieldType, Fields } from "./schema";
import { parseSyntax } from "./syntax";
import type { SyntaxNode, SyntaxTree } from "./syntax";
import { validate } from "./validate";
import type { Place } from "./validate";

export interface ParsedRecipe {
  /** Absent where any problem is an error. */
  readonly recipe: Recipe | undefined;
  /** What is right by itself, whatever else is wrong: for an editor, never for a run. */
  readonly draft: Recipe;
  /** Whether the draft says what the author meant: the text is sound YAML. */
  readonly isWhole: boolean;
  /** All of them, in the order of the text. */
  readonly problems: readonly Problem[];
  readonly syntax: SyntaxNode | undefined;
  /** Where each key and value stands, by path: "stages.a.steps", "stages.fused.fuse[1]". */
  readonly places: ReadonlyMap<string, Place>;
}

const checks: readonly Check[] = [
  checkCorpora,
  checkModels,
  checkReferences,
  checkNames,
  checkCycles,
  checkTraining,
  checkFusions,
  adviseFusions,
  adviseDropout,
  adviseBaselines,
  adviseUnused,
];

/** @param file as messages should name it */
export function parseRecipe(text: string, file: string): ParsedRecipe {
  return checkSyntax(parseSyntax(text, file), file);
}

/** For who has the tree already. */
export function checkSyntax(tree: SyntaxTree, file: string): ParsedRecipe {
  const { root, problems: syntaxProblems, isWhole, openQuote } = tree;
  if (root?.kind !== "map") {
    const problems = syntaxProblems.length > 0 ? syntaxProblems : [notARecipe(root, file)];
    return {
      recipe: undefined,
      draft: draftOf({}),
      isWhole,
      problems,
      syntax: root,
      places: new Map(),
    };
  }
  const type: FieldType = { kind: "object", fields: recipeFields };
  const { value, problems: valueProblems, places, meant } = validate(root, type, file);
  const found = [...syntaxProblems, ...valueProblems];
  const report = reporter(file, places, found);
  const recipe = draftOf(value);
  const draft: Draft = {
    recipe,
    names: declaredNames(root),
    report,
    has: (path) => places.has(path) || meant.has(path),
  };
  if (openQuote === undefined) {
    reportMissing(recipeFields, draft);
    for (const check of checks) check(draft);
  }
  const sound = found.filter(
    (problem) =>
      syntaxProblems.includes(problem) || problem.range.start.offset < (openQuote ?? Infinity),
  );
  const problems = inOrder(distinct(sound));
  return {
    recipe: problems.some(isError) ? undefined : recipe,
    draft: recipe,
    isWhole,
    problems,
    syntax: root,
    places,
  };
}

function notARecipe(root: SyntaxNode | undefined, file: string): Problem {
  const start = { line: 1, column: 1, offset: 0 };
  const allowed = `keys ${Object.keys(recipeFields).join(", ")}`;
  const message = root === undefined ? "the recipe is empty" : `a recipe cannot be a ${root.kind}`;
  return {
    severity: "error",
    file,
    range: root?.range ?? { start, end: start },
    key: "",
    message,
    allowed,
  };
}

/** validate() has checked each value against the table, of which these types are the image. */
function draftOf(value: unknown): Recipe {
  return { version: "1", corpora: {}, models: {}, stages: {}, ...(value as Partial<Recipe>) };
}

function reportMissing(fields: Fields, { has, report }: Draft): void {
  for (const [key, field] of Object.entries(fields)) {
    if (field.required === undefined || has(key)) continue;
    report("", `the key ${key} is missing`, {
      allowed: key === "version" ? "version: 1" : "stage names, each with its settings",
      ...(key === "version" && {
        fixes: [{ title: "Add version: 1", path: "version", value: "1" }],
      }),
    });
  }
}

function declaredNames(root: SyntaxNode): Draft["names"] {
  const under = (key: string): ReadonlySet<string> => {
    const node =
      root.kind === "map" ? root.entries.find((entry) => entry.key === key)?.value : undefined;
    return new Set(node?.kind === "map" ? node.entries.map((entry) => entry.key) : []);
  };
  return { corpus: under("corpora"), model: under("models"), stage: under("stages") };
}

/** A fault of the defaults shows in every stage that uses them; it is one fault. */
function distinct(problems: readonly Problem[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) {
    const id = `${problem.range.start.offset} ${problem.key} ${problem.message}`;
    if (!seen.has(id)) seen.set(id, problem);
  }
  return [...seen.values()];
}
