import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newTrainOnRecipe, trainOnStages, trainOnValues } from "../../extension/train-on-text";
import { parseRecipe } from "../../server/recipe/parse";

const recipe = join("/work", "my.fusion.yaml");

describe("a checkpoint in a recipe", () => {
  test("has stages of its name that the recipe does not have yet", () => {
    expect(trainOnStages("a-b", [])).toEqual({ start: "a-b", trained: "a-b_on" });
    expect(trainOnStages("a", ["a", "a_2_on"])).toEqual({ start: "a_3", trained: "a_3_on" });
    expect(trainOnStages('../"; rm\u202E', [])).toEqual({ start: "rm_", trained: "rm__on" });
    expect(trainOnStages("---", [])).toEqual({ start: "start", trained: "start_on" });
  });

  test("is named by its path from the recipe, whatever characters that has", () => {
    const stages = trainOnStages("c", []);
    const at = (path: string): string => trainOnValues(recipe, path, stages).start;
    expect(at(join("/work", "runs", "fused", "c"))).toBe('{ import: "runs/fused/c" }');
    expect(at(join("/models", "c"))).toBe('{ import: "../models/c" }');
    expect(at(join("/work", 'a "b" # {c}'))).toBe('{ import: "a \\"b\\" # {c}" }');
  });

  test("is trained by a new recipe that has no fault", () => {
    const stages = trainOnStages("fused", []);
    const text = newTrainOnRecipe(recipe, join("/work", "fused"), stages);
    const { problems } = parseRecipe(text, recipe);
    expect(problems).toEqual([]);
  });
});
