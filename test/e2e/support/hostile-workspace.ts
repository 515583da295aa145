/** A workspace full of names that would be markup, scripts, commands, icons, or broken layout: 500 and more. */
import { linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyQuickstart } from "./sample-run";

/** What each would do if it were taken for markup: set a mark on the window. */
const attacks = [
  "<img src=x onerror=window.hacked=1>",
  "<script>window.hacked=1</script>",
  "'\"><svg onload=window.hacked=1>",
  "${window.hacked=1}",
  "{{window.hacked=1}}",
  "](command:deepFusion.stopRun)",
  "[link](command:workbench.action.closeWindow)",
  "`code` **bold** | cell",
  "$(trash) $(sync~spin)",
  "%command.fuse%",
  "\u202Egnp.tfel-ot-thgir",
  "\u2066isolated\u2069\u200B\uFEFF",
  "a\nb\tc\u0007",
  "\u0301".repeat(40),
  "very long ".repeat(20),
  "unbroken".repeat(60),
  "--out=x; rm -rf .",
  "CON",
  "..hidden",
  "\u{1F3F4}\u200D\u2620\uFE0F",
  "שלום עולם",
];

export const counts = {
  checkpoints: 120,
  runs: 42,
  stagesOfEach: 2,
  tensors: 210,
  metadata: 63,
  recipeValues: 42,
} as const;

/** Numbered, so that each is another one, and found by its number. */
export function hostileName(number: number): string {
  return `${number} ${attacks[Math.abs(number) % attacks.length]!}`;
}

/** As a file system takes it. */
function hostileFolder(number: number): string {
  return hostileName(number).replaceAll("/", "\u2215").slice(0, 120);
}

export function fillWithHostileNames(workspace: string): void {
  const run = copyQuickstart(workspace);
  for (const number of upTo(counts.checkpoints)) {
    link(join(run, "a", "step-00000030"), join(workspace, "loose", hostileFolder(number)));
  }
  for (const number of upTo(counts.runs)) {
    makeRun(run, join(workspace, "runs", hostileFolder(number)), number);
  }
  writeFileSync(join(workspace, "hostile.safetensors"), hostileTensors());
  writeFileSync(join(workspace, "hostile.fusion.yaml"), hostileRecipe());
}

/** Two stages of the quickstart under other names; the second one has failed. */
function makeRun(made: string, folder: string, number: number): void {
  const [one, other] = [hostileFolder(number + 1), hostileFolder(number + 2)];
  link(join(made, "a"), join(folder, one));
  link(join(made, "b"), join(folder, other));
  linkSync(join(made, "recipe.fusion.yaml"), join(folder, "recipe.fusion.yaml"));
  const record = JSON.parse(readFileSync(join(made, "run.json"), "utf8")) as {
    readonly stages: Readonly<Record<"a" | "b", object>>;
  };
  const failed = { state: "failed", error: hostileName(number + 3) };
  const stages = {
    [one]: { ...record.stages.a, checkpoint: `${one}/step-00000030` },
    [other]: { ...record.stages.b, checkpoint: `${other}/step-00000030`, ...failed },
  };
  const named = { ...record, name: hostileName(number), resume: undefined, stages };
  writeFileSync(join(folder, "run.json"), JSON.stringify(named));
}

/** The same bytes under another name. */
function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) link(source, target);
    else linkSync(source, target);
  }
}

/** Each tensor of two values. */
function hostileTensors(): Uint8Array {
  const tensorBytes = 8;
  const tensors = upTo(counts.tensors).map((number) => {
    const begin = number * tensorBytes;
    const place = { dtype: "F32", shape: [1, 2], data_offsets: [begin, begin + tensorBytes] };
    return [hostileName(number), place] as const;
  });
  const metadata = upTo(counts.metadata).map((number): readonly [string, string] => {
    return [hostileName(number), hostileName(-number)];
  });
  const header: Readonly<Record<string, unknown>> = {
    __metadata__: Object.fromEntries(metadata),
    ...Object.fromEntries(tensors),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const values = Buffer.from(
    Float32Array.from({ length: 2 * counts.tensors }, (_, index) => index - 7).buffer,
  );
  return Buffer.concat([length, text, values]);
}

/** No value of it can be run; each is named in a problem. */
function hostileRecipe(): string {
  const stages = upTo(counts.recipeValues / 2).map((number) => {
    const [name, model] = [hostileName(number), hostileName(number + 1)].map((text) =>
      JSON.stringify(text),
    );
    return `  ${name}: { train: ${model}, steps: 1 }`;
  });
  return `version: 1\nstages:\n${stages.join("\n")}\n`;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
