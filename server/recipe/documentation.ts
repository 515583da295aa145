/** docs/recipe.md, written from the table, so that no key is without a word. */
import { recipeFields, stageFields } from "./fields";
import { describeType } from "./schema";
import type { Field, FieldType, Fields } from "./schema";

const introduction = `# The recipe language

<!-- Written from server/recipe/fields.ts by the unit tests (vitest --update); do not edit. -->

A recipe is a YAML file, \`NAME.fusion.yaml\`, that says which models are trained on which text, which are fused, and
what is compared. Stages refer to each other by name and form a graph; independent ones can run side by side. Paths are
relative to the recipe. \`deep-fusion check RECIPE\` says what is wrong with one, and \`deep-fusion run RECIPE\` runs it.

\`\`\`yaml
version: 1
corpora:
  books: { files: [data/*.txt], holdout: 0.02 }
models:
  small: { preset: t5-small }
  medium: { preset: t5-medium }
defaults:
  train: { inputs: 512, batch: 16, schedule: { kind: wsd, peak: 0.02 } }
stages:
  a:        { train: small, steps: 2000, seed: 1 }
  b:        { train: small, steps: 2000, seed: 2 }
  fused:    { fuse: [a, b], method: property, fill: 0.01 }
  wide:     { train: fused, steps: 2000 }
  baseline: { train: medium, steps: 2000, seed: 4 }
  compare:  { evaluate: [wide, baseline] }
\`\`\`
`;

const stageWords: Readonly<Record<keyof typeof stageFields, string>> = {
  train: "A stage with `train`: optimizer updates on a model or on a stage's result",
  fuse: "A stage with `fuse`: several checkpoints become one wide one",
  import: "A stage with `import`: a checkpoint from elsewhere",
  evaluate: "A stage with `evaluate`: held-out loss and accuracy, side by side",
};

export function recipeDocumentation(): string {
  const { corpora, objective, models, defaults } = recipeFields;
  const sections = [
    introduction,
    section("The file", recipeFields),
    section("`corpora.NAME`", inner(corpora!)),
    section("`objective`", inner(objective!)),
    section("`models.NAME`", inner(models!)),
    section("`defaults.train`, and every train stage", inner(inner(defaults!).train!)),
    ...Object.entries(stageWords).map(([kind, words]) => {
      const fields: Fields = stageFields[kind as keyof typeof stageFields];
      return section(words, kind === "train" ? { train: fields.train! } : fields);
    }),
  ];
  return sections.join("\n");
}

function section(title: string, fields: Fields): string {
  const rows = Object.entries(fields).map(([key, field]) => row(key, field));
  const nested = Object.entries(fields).flatMap(([key, { type }]) =>
    type.kind === "tagged" ? tagged(key, type.options) : [],
  );
  return [`## ${title}\n`, table(rows), ...nested].join("\n");
}

function tagged(key: string, options: Readonly<Record<string, Fields>>): string[] {
  return Object.entries(options).map(([kind, fields]) => {
    const rows = Object.entries(fields).map(([name, field]) => row(name, field));
    return [`### \`${key}: { kind: ${kind} }\`\n`, table(rows)].join("\n");
  });
}

function table(rows: readonly string[]): string {
  return ["| key | value | default | meaning |", "| --- | --- | --- | --- |", ...rows, ""].join(
    "\n",
  );
}

function row(key: string, field: Field): string {
  const { defaultText, required, meaning, source } = field;
  const value = field.default === undefined ? undefined : `\`${String(field.default)}\``;
  const standard = required === true ? "required" : (value ?? defaultText ?? "none");
  const from = source === undefined ? "" : ` (${source})`;
  const cells = [`\`${key}\``, describeType(field.type), standard, `${meaning}${from}`];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** The keys of an object, or of a named thing. */
function inner(field: Field): Fields {
  const type: FieldType = field.type.kind === "named" ? field.type.values : field.type;
  return type.kind === "object" ? type.fields : {};
}
