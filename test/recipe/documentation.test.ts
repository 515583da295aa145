import { describe, expect, it } from "vitest";
import { recipeDocumentation } from "../../server/recipe/documentation";
import { parseRecipe } from "../../server/recipe/parse";

const documentation = recipeDocumentation();

describe("docs/recipe.md", () => {
  it("is what the table of fields says", async () => {
    const path = new URL("../../docs/recipe.md", import.meta.url).pathname;
    await expect(documentation).toMatchFileSnapshot(path);
  });

  it("shows a recipe that has no problem", () => {
    const example = /```yaml\n([^`]*)```/.exec(documentation)![1]!;
    expect(parseRecipe(example, "example").problems).toEqual([]);
  });
});
