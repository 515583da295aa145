/** `deep-fusion check PARENT...`: whether these checkpoints can be fused, or every reason why not. */
import type { KnownTokenizers } from "../data/load-tokenizer";
import { fusionParent, type NamedCheckpoint } from "../fusion/fuse";
import { type FusionPlan, planFusion } from "../fusion/plan";
import { describeFault, FusionRefusal } from "../fusion/refusal";
import { closeParents, openParents, possibleOptimizer } from "../recipe/fusion-parents";
import { type FusionNeeds, needsOf } from "../fusion/needs";
import { HubError } from "../hugging-face/error";
import type { FuseOutput } from "./fuse-output";
import { needsJson, needsLine, planJson, planLines } from "./fusion-text";
import { type CheckpointServices, findCheckpoint, judgedParent } from "./named-checkpoints";

export type CheckParentsServices = CheckpointServices & { readonly output: FuseOutput };

/** A single checkpoint is checked for fusion with itself. @returns 0 where they fit, else 1 */
export async function checkParents(
  paths: readonly string[],
  flags: { readonly json?: boolean },
  services: CheckParentsServices,
): Promise<0 | 1> {
  const { output } = services;
  const { parents, problems } = await openAll(paths, services);
  try {
    const verdict = problems.length > 0 ? { problems } : judge(parents);
    if (flags.json === true) output.json(verdictJson(verdict));
    else say(verdict, output);
    return "plan" in verdict ? 0 : 1;
  } finally {
    await closeParents(parents);
  }
}

type Verdict =
  | {
      readonly plan: FusionPlan;
      readonly optimizer: "grow" | "reset";
      readonly needs: FusionNeeds;
    }
  | { readonly refusal: FusionRefusal }
  | { readonly problems: readonly string[] };

/**
 * One folder that cannot be opened does not hide what is wrong with the next. Of what is on the Hub the small files
 * and the headers are enough.
 */
async function openAll(paths: readonly string[], services: CheckParentsServices) {
  const parents: NamedCheckpoint[] = [];
  const problems: string[] = [];
  const tokenizers: KnownTokenizers = new Map();
  for (const name of paths) {
    try {
      const source = await findCheckpoint(name, services);
      parents.push(...(await openParents([judgedParent(source, services.stopping)], tokenizers)));
    } catch (error) {
      if (!isOfCheckpoint(error)) throw error;
      problems.push(error.message);
    }
  }
  return { parents, problems };
}

function isOfCheckpoint(error: unknown): error is Error {
  return error instanceof SyntaxError || error instanceof RangeError || error instanceof HubError;
}

function judge(parents: readonly NamedCheckpoint[]): Verdict {
  const copies = parents.length === 1 ? 2 : 1;
  const method = parents.length === 1 ? "rule" : "property";
  try {
    const plan = planFusion(parents.map(fusionParent), { method, copies });
    const optimizer = possibleOptimizer(parents);
    return { plan, optimizer, needs: needsOf(plan, { parents, optimizer }) };
  } catch (error) {
    if (error instanceof FusionRefusal) return { refusal: error };
    throw error;
  }
}

function say(verdict: Verdict, output: FuseOutput): void {
  if ("problems" in verdict) {
    for (const problem of verdict.problems) output.message(problem);
  } else if ("refusal" in verdict) {
    const { faults, parents } = verdict.refusal;
    output.message(`Cannot fuse ${parents.join(", ")}:`);
    for (const fault of faults) output.message(`  ${describeFault(fault)}`);
  } else {
    for (const line of planLines(verdict.plan)) output.result(line);
    output.result(needsLine(verdict.needs));
    output.result(
      verdict.optimizer === "grow"
        ? "These checkpoints fit, and their optimizer states can grow."
        : "These checkpoints fit; the child's optimizer starts anew.",
    );
  }
}

function verdictJson(verdict: Verdict): unknown {
  if ("plan" in verdict) {
    const { plan, optimizer, needs } = verdict;
    return { ok: true, ...planJson(plan), optimizer, ...needsJson(needs) };
  }
  if ("problems" in verdict) return { ok: false, problems: verdict.problems };
  return { ok: false, faults: verdict.refusal.faults };
}
