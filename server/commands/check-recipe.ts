/** `deep-fusion check RECIPE`: every problem of a recipe and of the files it names; nothing is run. */
import { resolve } from "node:path";
import { parameterCount } from "../checkpoint/parameters";
import { planRecipe } from "../recipe/plan";
import { formatProblem, isError } from "../recipe/problem";
import { counted, shortNumber } from "./format";
import { stageSize } from "./estimate";
import { readRecipeText } from "./read-recipe";
import type { ExitCode, Services } from "./services";

export async function checkRecipe(
  recipe: string,
  flags: { readonly json?: boolean },
  { output, directory, hub, stopping }: Services,
): Promise<ExitCode> {
  const file = resolve(directory, recipe);
  const text = await readRecipeText(file, recipe);
  const { plan, problems } = await planRecipe({
    ...{ text, file, shownAs: recipe },
    ...{ hub, signal: stopping },
  });
  if (flags.json === true) {
    const stages = plan?.stages.map((stage) => {
      const configuration = plan.configurations.get(stage.name);
      return {
        name: stage.name,
        kind: stage.kind,
        ...(configuration && { parameters: parameterCount(configuration) }),
        ...stageSize(stage, plan),
        inputs_sha256: plan.hashes.get(stage.name),
      };
    });
    output.json({ recipe: file, ok: plan !== undefined, problems, ...(stages && { stages }) });
    return plan === undefined ? 1 : 0;
  }
  for (const problem of problems) output.message(formatProblem(problem));
  if (plan === undefined) {
    output.message(counted(problems.filter(isError).length, "error"));
    return 1;
  }
  const sizes = plan.stages.map((stage) => stageSize(stage, plan)?.tokens ?? 0);
  const tokens = sizes.reduce((sum, size) => sum + size, 0);
  output.result(
    `${recipe}: no errors; ${counted(plan.stages.length, "stage")}, ${shortNumber(tokens)} tokens to train on`,
  );
  return 0;
}
