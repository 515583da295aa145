import { describe, expect, it } from "vitest";
import { codeLenses } from "../../server/language/code-lenses";
import { definition, references } from "../../server/language/definition";
import { diagnostics } from "../../server/language/diagnostics";
import { foldingRanges } from "../../server/language/folding";
import { formatText } from "../../server/language/formatting";
import { hover } from "../../server/language/hover";
import { inlayHints } from "../../server/language/inlay-hints";
import { prepareRename, rename } from "../../server/language/rename";
import { setValue } from "../../server/language/set-value";
import { summary } from "../../server/language/summary";
import { symbols } from "../../server/language/symbols";
import type { RunRecord } from "../../server/protocol/run";
import { parseRecipe } from "../../server/recipe/parse";
import { runRecord } from "../support/run-record";
import { apply, atCursor, facts, recipe, sample, uri } from "./support/snippet";

const everything = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };

describe("hover()", () => {
  it.each([
    ["version: 1\nmodels: { small: { d_mo|del: 8 } }", "Width of the residual stream."],
    ["version: 1\nstages: { a: { train: x, schedule: { wa|rmup: 3 } } }", "in a straight line"],
    ["stages: { f: { fuse: [a, b], method: ru|le } }", "How norms are fused."],
    ["stages:\n  f:\n    fuse: [a]\n    opti|mizer: grow", "optimizer state grows"],
    [sample.replace("train: small, steps: 30, seed: 1", "train: sm|all, steps: 30"), "parameters"],
    [sample.replace("[child,", "[chi|ld,"), "tokens"],
  ])("%#: says what is under the pointer", (marked, words) => {
    const { document, offset } = atCursor(marked);
    expect(hover(document, offset, facts)?.contents).toHaveProperty(
      "value",
      expect.stringContaining(words),
    );
  });

  it("shows names from the recipe as code, never as markup", () => {
    const { document, offset } = atCursor("stages:\n  ? '`<img src=x>`|'\n  : { import: x }\n");
    const { value } = hover(document, offset, facts)!.contents as { value: string };
    expect(value).toContain("`` `<img src=x>` ``");
  });

  it("says nothing where there is nothing", () => {
    expect(hover(recipe(""), 0, facts)).toBeNull();
    expect(hover(recipe("version: 1\n\n"), 11, facts)).toBeNull();
  });
});

describe("definition() and references()", () => {
  it("lead from a parent to its stage, and back to all who mean it", () => {
    const { document, offset } = atCursor(sample.replace("fuse: [a, b]", "fuse: [a, |b]"));
    expect(definition(document, offset)?.range.start).toEqual({ line: 12, character: 2 });
    const all = references(document, offset, { includeDeclaration: true });
    expect(all.map(({ range }) => range.start.line)).toEqual([12, 13]);
  });

  it("lead from a trained model to the model", () => {
    const { document, offset } = atCursor(sample.replace("train: wide", "train: wi|de"));
    expect(definition(document, offset)).toMatchObject({ uri, range: { start: { line: 5 } } });
  });
});

describe("rename()", () => {
  const offsetOf = (text: string) => sample.indexOf(text);

  it("changes a stage wherever it is meant, and back again to the same text", () => {
    const renamed = renamedTo(sample, offsetOf("a: { train"), "first");
    expect(renamed).toContain("  first: { train: small");
    expect(renamed).toContain("fuse: [first, b]");
    expect(parseRecipe(renamed, "x").problems).toEqual([]);
    expect(renamedTo(renamed, renamed.indexOf("first"), "a")).toBe(sample);
  });

  it("leaves a model of another kind with the same name alone", () => {
    const renamed = renamedTo(sample, offsetOf("books"), "texts");
    expect(renamed).toContain("texts: { embedded");
  });

  it("quotes what YAML would take for a number or a truth", () => {
    const renamed = renamedTo(sample, offsetOf("child:"), "1e3");
    expect(renamed).toContain('[ "1e3", '.replace("[ ", "["));
    expect(parseRecipe(renamed, "x").problems).toEqual([]);
  });

  it("refuses names that are taken or none, and says why", () => {
    expect(() => renamedTo(sample, offsetOf("child:"), "small")).toThrow(
      /there is a model "small"/,
    );
    expect(() => renamedTo(sample, offsetOf("child:"), "a b")).toThrow(/is no name; use/);
    expect(prepareRename(recipe(sample), offsetOf("t5-nano"))).toBeNull();
  });

  function renamedTo(text: string, offset: number, name: string): string {
    const document = recipe(text);
    return apply(document, rename(document, offset, name)!.changes![uri]!);
  }
});

describe("symbols() and foldingRanges()", () => {
  it("outline the sections and what they declare", () => {
    const outline = symbols(recipe(sample)).map(({ name, children }) => [
      name,
      ...(children ?? []).map((child) => `${child.name}: ${child.detail ?? ""}`),
    ]);
    expect(outline).toContainEqual([
      "models",
      "small: preset t5-nano",
      "wide: preset t5-nano-wide",
    ]);
    expect(outline.at(-1)).toContain("fused: fuse a + b");
  });

  it("fold blocks to their last line", () => {
    const ranges = foldingRanges(recipe(sample)).map((range) => [range.startLine, range.endLine]);
    expect(ranges).toContainEqual([1, 2]);
    expect(ranges).toContainEqual([14, 16]);
  });
});

describe("formatText()", () => {
  it("evens out spaces and keeps comments and meaning", () => {
    const text = "version:   1\nstages:\n    # why\n    a:   {train: small,steps: 3}   # here\n";
    const formatted = "version: 1\nstages:\n  # why\n  a: { train: small, steps: 3 } # here\n";
    expect(formatText(text)).toBe(formatted);
    expect(formatText(formatted)).toBe(formatted);
  });

  it("leaves the samples as they are", () => {
    expect(formatText(sample)).toBe(sample);
  });

  it("keeps columns that were lined up, as narrow as they can be", () => {
    const text = [
      "version:   1",
      "stages:",
      "    a:           {train: small, steps: 3}   # short",
      "    b:           { train: small,   steps: 30 }  # longer",
      "    baseline:    { train: wide }",
      "",
      "    alone:     { train: wide }",
      "    c: { train: x }         # one",
      "    # between",
      "    d: { train: xyz, steps: 3 } # two",
      "    e: { train: x }             # three",
      "",
    ].join("\n");
    const formatted = [
      "version: 1",
      "stages:",
      "  a:        { train: small, steps: 3 } # short",
      "  b:        { train: small, steps: 30 } # longer",
      "  baseline: { train: wide }",
      "",
      "  alone: { train: wide }",
      "  c: { train: x } # one",
      "  # between",
      "  d: { train: xyz, steps: 3 } # two",
      "  e: { train: x }             # three",
      "",
    ].join("\n");
    expect(formatText(text)).toBe(formatted);
    expect(formatText(formatted)).toBe(formatted);
  });

  it("leaves alone what does not parse", () => {
    expect(formatText("a: [1\nb: {")).toBeUndefined();
  });

  it("keeps the line ends", () => {
    expect(formatText("version:  1\r\n")).toBe("version: 1\r\n");
  });
});

describe("inlayHints()", () => {
  it("give parameters and size behind models, tokens and FLOPs behind stages", () => {
    const hints = inlayHints(recipe(sample), everything, facts).map(({ label }) => label);
    expect(hints[0]).toMatch(/^\d+(\.\d+)?k parameters, \d+(\.\d+)? kB$/);
    expect(hints).toContainEqual(expect.stringMatching(/^4\.8k tokens, .* MFLOP$/));
  });

  it("give the time where the machine's speed is known", () => {
    const known = { ...facts, flopsPerSecond: 1e6 };
    const hints = inlayHints(recipe(sample), everything, known).map(({ label }) => label);
    expect(hints).toContainEqual(expect.stringMatching(/about \d+ (s|min) here$/));
  });
});

describe("codeLenses()", () => {
  const titles = (run?: RunRecord, running = false) =>
    codeLenses(recipe(sample), {
      ...facts,
      run: run && { folder: "/runs/sample", running, record: run },
    }).map(({ command }): unknown[] => [
      command!.title,
      command!.command,
      ...((command!.arguments ?? []) as unknown[]),
    ]);

  it("offer to run before anything has run", () => {
    expect(titles()).toContainEqual(["$(play) Run all stages", "deepFusion.startRun", uri]);
    expect(titles()).toContainEqual(["$(play) Fuse", "deepFusion.startRun", uri, "fused"]);
  });

  it("offer to resume what stopped, and say how far each stage got", () => {
    const run = runRecord({
      stages: {
        a: { kind: "train", state: "done", inputs_sha256: "", heldout_loss: 2.4142 },
        b: { kind: "train", state: "stopped", inputs_sha256: "", step: 1200, steps: 2000 },
      },
    });
    expect(titles(run)).toContainEqual([
      "$(debug-continue) Resume at step 1,200",
      "deepFusion.resumeRun",
      "/runs/sample",
    ]);
    expect(titles(run)).toContainEqual([
      "$(check) done, held-out 2.414",
      "deepFusion.openDashboard",
      "/runs/sample",
      "a",
    ]);
    expect(titles(run, true).flat()).not.toContain("deepFusion.startRun");
    expect(titles({ ...run, control: "paused" }, true).flat()).toContain("deepFusion.resumeRun");
  });
});

describe("setValue()", () => {
  it.each([
    ["stages.a.steps", "50", "a: { train: small, steps: 50, seed: 1 }"],
    ["stages.child.steps", "50", "    steps: 50\n"],
    ["stages.child.seed", "7", "    steps: 20\n    seed: 7\n"],
    ["stages.a.schedule.peak", "0.1", "seed: 1, schedule: { peak: 0.1 } }"],
    ["stages.fused.fuse[1]", "a2", "fuse: [a, a2]"],
    ["defaults.train.steps", "9", "batch: 4, steps: 9 }"],
    ["stages.a.seed", undefined, "a: { train: small, steps: 30 }"],
    ["stages.fused.fuse[0]", undefined, "fuse: [b]"],
    ["models.wide", undefined, "t5-nano }\ndefaults"],
  ])("changes %s to %s and nothing else", (path, value, expected) => {
    const document = recipe(sample);
    expect(apply(document, [setValue(document, path, value)!])).toContain(expected);
  });

  it("gives up where there is no place", () => {
    expect(setValue(recipe("[1]"), "stages.a.steps", "1")).toBeUndefined();
    expect(setValue(recipe(""), "version", "1")).toBeUndefined();
  });
});

describe("diagnostics()", () => {
  it("point at the characters that are wrong, with what would be right", () => {
    const [problem] = diagnostics(recipe(sample.replace("seed: 2", "sede: 2")));
    expect(problem).toMatchObject({ range: { start: { line: 12, character: 32 } } });
    expect(problem!.message).toContain('did you mean "seed"?');
  });

  it("find nothing wrong with the sample", () => {
    expect(diagnostics(recipe(sample))).toEqual([]);
  });
});

describe("summary()", () => {
  it("has every stage with its settings, defaults included", () => {
    const { errors, stages } = summary(recipe(sample), facts);
    expect(errors).toBe(0);
    expect(stages.find(({ name }) => name === "child")).toMatchObject({
      kind: "train",
      inputs: ["fused"],
      settings: {
        steps: { value: 20, source: "stage" },
        batch: { value: 4, source: "defaults" },
        seed: { value: 0, source: "program" },
        peak: { value: 1, source: "program" },
      },
    });
  });
});
