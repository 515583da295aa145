import { describe, expect, test } from "vitest";
import { parseRecipe } from "../../server/recipe/parse";

/** What is said of the YAML itself, with its line. */
function said(text: string): string[] {
  return parseRecipe(text, "x.yaml").problems.flatMap(({ message, range }) => {
    const reason = /^Cannot read the YAML: (.*)$/.exec(message)?.[1];
    return reason === undefined ? [] : [`${range.start.line}: ${reason}`];
  });
}

describe("broken YAML", () => {
  test.each([
    ["a: {b: 1\n", "2: the { before this is not closed; close it with }"],
    ["a: [1, 2\n", "2: the [ before this is not closed; close it with ]"],
    ["a: {b: 1}}\n", "1: this } closes no {; remove it"],
    ["a: [1]]\n", "1: this ] closes no [; remove it"],
    ["a:\n\t- b\n", "2: a tab indents this line; indent with spaces"],
    [
      "a: 1\n  b: 2\n",
      "1: a key begins where a value is expected; put it on a line of its own, indented like its neighbours",
    ],
    ["a: @x\n", "1: a value cannot begin with @; put it in quotes"],
    ["a: 1\nb\n", "2: this line has no colon; write `key: value`"],
    [
      "a 1\nb: 2\n",
      "1: this line is no `key: value`; add the colon, or indent it like its neighbours",
    ],
    ["a: 1\n---\nb: 1\n", "2: a second document begins here; a recipe is one, so remove the ---"],
    [
      "a: |x\n b\n",
      "1: this does not belong to what stands before it; check indentation, colons and brackets",
    ],
  ])("%j is told in words, with the remedy", (text, reason) => {
    expect(said(text)[0]).toBe(reason);
    const places = said(text).map((line) => line.split(":", 1)[0]);
    expect(said(text)).toHaveLength(new Set(places).size);
  });
});
