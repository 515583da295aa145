/** Every name refers to something there is, of the right kind, and no stage waits for itself. */
import type { Check, Draft } from "./checks";
import { nearest } from "./nearest";
import type { NameKind } from "./schema";
import { stageInputs } from "./recipe";
import { quote } from "./problem";

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

function refer(draft: Draft, path: string, name: string, kinds: readonly NameKind[]): void {
  const known = [...new Set(kinds.flatMap((kind) => [...draft.names[kind]]))];
  if (known.includes(name)) return;
  if (kinds.includes("stage") && !kinds.includes("model") && draft.names.model.has(name)) {
    const message = `${quote(name)} is a model, not a stage; add a stage that trains it, and name that`;
    draft.report(path, message, { allowed: listed(known) });
    return;
  }
  draft.report(path, `there is no ${kinds.join(" or ")} ${quote(name)}`, {
    near: nearest(name, known),
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

export const checkCycles: Check = ({ recipe, names, report }) => {
  const state = new Map<string, "open" | "closed">();
  const visit = (name: string, trail: readonly string[]): void => {
    const entry = Object.hasOwn(recipe.stages, name) ? recipe.stages[name] : undefined;
    if (entry === undefined || state.get(name) === "closed") return;
    if (state.get(name) === "open") {
      const cycle = [...trail.slice(trail.indexOf(name)), name];
      report(`stages.${cycle.at(-2)!}`, `the stage waits for itself: ${cycle.join(" needs ")}`, {
        at: "key",
      });
      return;
    }
    state.set(name, "open");
    for (const input of stageInputs(entry, names.stage)) visit(input, [...trail, name]);
    state.set(name, "closed");
  };
  for (const name of Object.keys(recipe.stages)) visit(name, []);
};
