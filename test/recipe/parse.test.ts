import { readdirSync, readFileSync } from "node:fs";
import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import { parseRecipe } from "../../server/recipe/parse";
import { formatProblem, isError } from "../../server/recipe/problem";

const folder = new URL("../golden/recipe/", import.meta.url);
const goldens = readdirSync(folder).filter((file) => file.endsWith(".yaml"));

describe("parseRecipe()", () => {
  it.each(goldens)("finds every problem of %s", async (file) => {
    const { recipe, problems } = parseRecipe(readFileSync(new URL(file, folder), "utf8"), file);
    const text = problems.map((problem) => `${formatProblem(problem)}\n`).join("");
    await expect(text).toMatchFileSnapshot(
      new URL(file.replace(".yaml", ".problems.txt"), folder).pathname,
    );
    expect(recipe === undefined).toBe(problems.some(isError));
  });

  it("points at the very characters, so that an editor can replace them", () => {
    const text = "version: 1\nstages:\n  a: { trian: small }\n";
    const [problem] = parseRecipe(text, "x.yaml").problems;
    const { start, end } = problem!.range;
    expect(text.slice(start.offset, end.offset)).toBe("trian");
    expect(problem).toMatchObject({ near: "train", key: "stages.a.trian", value: "small" });
    expect(start).toMatchObject({ line: 3, column: 8 });
  });

  it("never throws, whatever the text", () => {
    const words = fc.constantFrom(
      "version",
      "stages",
      "train",
      ":",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "&a",
      "*a",
      "\n",
      "  ",
      "1",
      '"',
      "'",
      "!!",
      "|",
      "<<",
      "?",
      "\t",
      "#",
      "\u0000",
      "\u202e",
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 40 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { recipe, problems } = parseRecipe(text, "x.yaml");
        expect(recipe === undefined).toBe(problems.some(isError));
        for (const { range } of problems) {
          expect(range.start.offset).toBeGreaterThanOrEqual(0);
          expect(range.end.offset).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });

  // Work that is not bounded would not end within the test's own limit, nor within a year.
  it("refuses alias bombs, deep nesting and huge files", () => {
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 12; i++) bomb.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}*a${i - 1}]`);
    for (const text of [
      bomb.join("\n"),
      "[".repeat(100_000),
      "a: ".repeat(10_000),
      "x".repeat(2 ** 21),
    ]) {
      expect(parseRecipe(text, "x.yaml").problems.some(isError)).toBe(true);
    }
  });
});
