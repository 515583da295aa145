/** Every name refers to something there is, of the right kind, and no stage waits for itself. */
import { isHubReference } from "../hugging-face/reference";
import type { Check, Draft } from "./checks";
import { nearest } from "./nearest";
import type { NameKind } from "./schema";
import { stageInputs } from "./recipe";
import { quote } from "./problem";
import type { Fix } from "./problem";

export const checkNames: Check = (draft) => {
  const { recipe, names, report } = draft;
  for (const [name, entry] of Object.entries(recipe.stages)) {
    const path = `stages.${name}`;
    if (names.model.has(name)) {
      report(path, `the name ${quote(name)} is a model's too; "train: ${name}" could mean either`, {
        at: "key",
      });
    }
    if ("train" in entry) {
      refer(draft, `${path}.train`, entry.train, ["model", "stage"]);
      checkMeasurable(draft, `${path}.train`, entry.train);
    }
    if ("fuse" in entry) checkList(draft, `${path}.fuse`, entry.fuse);
    if ("evaluate" in entry) checkList(draft, `${path}.evaluate`, entry.evaluate);
    if ("corpus" in entry) refer(draft, `${path}.corpus`, entry.corpus, ["corpus"]);
  }
  const shared = recipe.defaults?.train?.corpus;
  if (shared !== undefined) refer(draft, "defaults.train.corpus", shared, ["corpus"]);
};

function checkList(draft: Draft, path: string, list: readonly string[]): void {
  list.forEach((name, index) => {
    const at = `${path}[${index}]`;
    refer(draft, at, name, ["stage"]);
    checkMeasurable(draft, at, name);
    if (list.indexOf(name) === index) return;
    const remedy = path.endsWith(".fuse")
      ? "; to fuse a stage with itself, give it once and `copies`"
      : "";
    draft.report(at, `${quote(name)} is named twice${remedy}`);
  });
}

/** A recipe of thousands of wrong names is answered in time. */
const comparedNames = 500;

function refer(draft: Draft, path: string, name: string, kinds: readonly NameKind[]): void {
  // A checkpoint on the Hub stands for the stage that imports it; how it is written is checked elsewhere.
  if (kinds.includes("stage") && isHubReference(name)) return;
  if (kinds.some((kind) => draft.names[kind].has(name))) return;
  const known = [...new Set(kinds.flatMap((kind) => [...draft.names[kind]]))];
  if (kinds.includes("stage") && !kinds.includes("model") && draft.names.model.has(name)) {
    const message = `${quote(name)} is a model, not a stage; add a stage that trains it, and name that`;
    draft.report(path, message, { allowed: listed(known) });
    return;
  }
  draft.report(path, `there is no ${kinds.join(" or ")} ${quote(name)}`, {
    near: nearest(name, known.slice(0, comparedNames)),
    allowed: listed(known),
  });
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return "none is declared";
  const shown = names.slice(0, 20).join(", ");
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}

/** An evaluation leaves no model behind. */
function checkMeasurable(draft: Draft, path: string, name: string): void {
  const target = Object.hasOwn(draft.recipe.stages, name) ? draft.recipe.stages[name] : undefined;
  if (target === undefined || !("evaluate" in target)) return;
  const allowed = Object.entries(draft.recipe.stages).flatMap(([other, entry]) =>
    "evaluate" in entry ? [] : [other],
  );
  draft.report(path, `${quote(name)} evaluates and leaves no model`, { allowed: listed(allowed) });
}

/** Depth-first without recursion: chains may be thousands of stages long. */
export const checkCycles: Check = (draft) => {
  const { recipe, names } = draft;
  const closed = new Set<string>();
  const inputsOf = (name: string): Iterator<string> => {
    const entry = Object.hasOwn(recipe.stages, name) ? recipe.stages[name] : undefined;
    return (entry === undefined ? [] : stageInputs(entry, names.stage)).values();
  };
  for (const start of Object.keys(recipe.stages)) {
    if (closed.has(start)) continue;
    const trail = [{ name: start, inputs: inputsOf(start) }];
    const open = new Set([start]);
    for (let last = trail.at(-1); last !== undefined; last = trail.at(-1)) {
      const input = last.inputs.next();
      if (input.done === true) {
        closed.add(last.name);
        open.delete(last.name);
        trail.pop();
      } else if (open.has(input.value)) {
        reportCycle(
          draft,
          trail.map(({ name }) => name),
          input.value,
        );
      } else if (!closed.has(input.value)) {
        trail.push({ name: input.value, inputs: inputsOf(input.value) });
        open.add(input.value);
      }
    }
  }
};

function reportCycle(draft: Draft, trail: readonly string[], back: string): void {
  const cycle = [...trail.slice(trail.indexOf(back)), back];
  const shown = cycle.length > 12 ? [...cycle.slice(0, 10), "…", back] : cycle;
  const stage = cycle.at(-2)!;
  draft.report(`stages.${stage}`, `the stage waits for itself: ${shown.join(" needs ")}`, {
    at: "key",
    fixes: cycle.slice(0, -1).flatMap((name, at) => withoutInput(draft, name, cycle[at + 1]!)),
  });
}

/** A way for a stage to do without an input: a model to train, or one name fewer in its list. */
function withoutInput({ recipe }: Draft, stage: string, input: string): Fix[] {
  const entry = recipe.stages[stage];
  if (entry === undefined || "import" in entry) return [];
  if ("train" in entry) {
    const [model] = Object.keys(recipe.models);
    if (model === undefined) return [];
    const title = `Let ${quote(stage)} train the model ${quote(model)} instead of ${quote(input)}`;
    return [{ title, path: `stages.${stage}.train`, value: model }];
  }
  const [key, list] = "fuse" in entry ? ["fuse", entry.fuse] : ["evaluate", entry.evaluate];
  // A fusion needs two parents.
  if (list.length < (key === "fuse" ? 3 : 2)) return [];
  const path = `stages.${stage}.${key}[${list.indexOf(input)}]`;
  return [{ title: `Take ${quote(input)} out of ${quote(stage)}`, path }];
}
