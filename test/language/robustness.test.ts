import { readFileSync } from "node:fs";
import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import { codeLenses } from "../../server/language/code-lenses";
import { complete } from "../../server/language/completion";
import { definition, highlights, references } from "../../server/language/definition";
import { diagnostics } from "../../server/language/diagnostics";
import { foldingRanges } from "../../server/language/folding";
import { quickFixes } from "../../server/language/fixes";
import { format, formatText } from "../../server/language/formatting";
import { hover } from "../../server/language/hover";
import { IncrementalSyntax } from "../../server/language/incremental-syntax";
import { inlayHints } from "../../server/language/inlay-hints";
import { prepareRename, rename } from "../../server/language/rename";
import { summary } from "../../server/language/summary";
import { symbols } from "../../server/language/symbols";
import { parseRecipe } from "../../server/recipe/parse";
import { parseSyntax } from "../../server/recipe/syntax";
import type { SyntaxNode, SyntaxTree } from "../../server/recipe/syntax";
import { apply, facts, paths, recipe, sample, uri } from "./support/snippet";

const demo = readFileSync(new URL("../../examples/demo.fusion.yaml", import.meta.url), "utf8");
const everything = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };
const marks = "{}[]:,#&*|>'\"\n \t-?!%@`~\u0000\u202e\ud800".split("");
const scraps = [...marks, "\r\n", "  ", "stages:", "train: "];

/** A recipe with pieces taken out, put in and moved. */
const mutated = fc
  .tuple(
    fc.constantFrom(sample, demo),
    fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(12),
        fc.constantFrom("", ...scraps),
      ),
      { maxLength: 6 },
    ),
  )
  .map(([text, changes]) =>
    changes.reduce((changed, [where, length, scrap]) => {
      const at = Math.floor(where * changed.length);
      return changed.slice(0, at) + scrap + changed.slice(at + length);
    }, text),
  );

describe("every feature", () => {
  it("answers for any text, and never throws", async () => {
    await fc.assert(
      fc.asyncProperty(mutated, fc.double({ min: 0, max: 1, noNaN: true }), async (text, where) => {
        const document = recipe(text);
        const offset = Math.floor(where * text.length);
        await complete(document, offset, paths);
        hover(document, offset, facts);
        definition(document, offset);
        highlights(document, offset);
        references(document, offset, { includeDeclaration: true });
        if (prepareRename(document, offset) !== null) rename(document, offset, "zz-free-name");
        diagnostics(document);
        codeLenses(document, facts);
        inlayHints(document, everything, facts);
        symbols(document);
        foldingRanges(document);
        format(document);
        summary(document, facts);
        for (const { edit } of quickFixes(document, everything))
          apply(document, edit!.changes![uri]!);
      }),
      { numRuns: 100 },
    );
  });

  it("formats to something that means the same and stays as it is", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const formatted = formatText(text);
        if (formatted === undefined) return;
        expect(formatText(formatted)).toBe(formatted);
      }),
      { numRuns: 60, examples: [[`?\n${sample}`]] },
    );
  });
});

describe("quickFixes()", () => {
  it.each([
    ["an unknown key", sample.replace("seed: 2", "sede: 2")],
    ["an unknown value", sample.replace("property", "propertie")],
    ["an unknown stage", sample.replace("[child,", "[chidl,")],
    [
      "unequal vocabularies",
      sample
        .replace("train: small, steps: 30, seed: 2", "train: odd, steps: 30")
        .replace("  wide:\n", "  odd: { preset: t5-nano, vocab_size: 512 }\n  wide:\n"),
    ],
    ["indivisible sizes", sample.replace("batch: 4", "batch: 4, micro_batch: 3")],
    ["a missing version", sample.replace("version: 1\n", "")],
    ["missing steps", sample.replace("train: wide, steps: 40", "train: wide")],
    ["a cycle", sample.replace("a: { train: small", "a: { train: child")],
    ["an unused model", sample.replace("train: wide", "train: small")],
    [
      "an undecayed baseline",
      sample.replace("    steps: 20\n", "    steps: 20\n    schedule: { kind: wsd }\n"),
    ],
  ])("put %s right", (_, text) => {
    const before = parseRecipe(text, "x").problems;
    expect(before.length).toBeGreaterThan(0);
    const document = recipe(text);
    const [fix] = quickFixes(document, everything);
    const after = parseRecipe(apply(document, fix!.edit!.changes![uri]!), "x").problems;
    expect(after.length).toBeLessThan(before.length);
    expect(after).toEqual([]);
  });
});

describe("IncrementalSyntax", () => {
  const whole = (text: string) => parseSyntax(text, "recipe");

  it.each([
    ["the sample", sample],
    ["the demo", demo],
    ["Windows line ends", demo.replaceAll("\n", "\r\n")],
    ["collections over several lines", sample.replace("{ fuse: [a, b],", "{ fuse: [a,\n   b],")],
    ["an empty section", sample.replace("models:\n", "objective:\nmodels:\n")],
  ])("gives %s the same tree as a whole parse does", (_, text) => {
    expect(essence(new IncrementalSyntax({ least: 0 }).parse(text))).toEqual(essence(whole(text)));
  });

  it("gives after any edits the tree of the text as it is", () => {
    fc.assert(
      fc.property(fc.array(mutated, { minLength: 2, maxLength: 3 }), (versions) => {
        const syntax = new IncrementalSyntax({ least: 0 });
        for (const text of versions) {
          const found = syntax.parse(text);
          const expected = whole(text);
          // What is broken may be broken in fewer places.
          if (expected.problems.length > 0 || found.problems.length > 0) continue;
          expect(essence(found)).toEqual(essence(expected));
        }
      }),
      { numRuns: 100 },
    );
  });

  /** Without the ends of blocks, to which the comments behind them may belong or not. */
  function essence({ root, problems }: SyntaxTree): unknown {
    return { root: root && nodeEssence(root), problems };
  }

  function nodeEssence(node: SyntaxNode): unknown {
    if (node.kind === "scalar") return node;
    const { start } = node.range;
    if (node.kind === "list") return { start, items: node.items.map(nodeEssence) };
    const entries = node.entries.map(({ key, keyRange, value }) => [
      key,
      keyRange,
      nodeEssence(value),
    ]);
    return { start, entries };
  }
});
