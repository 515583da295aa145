/** What is allowed and works, but is worth knowing before hours are spent on it. */
import { trainStages } from "./checks";
import type { Check, Draft } from "./checks";
import { combined, trainNumbers } from "./resolve-train";
import { quote } from "./problem";

const information = "information";

export const adviseFusions: Check = ({ recipe, has, report }) => {
  for (const [name, entry] of Object.entries(recipe.stages)) {
    if (!("fuse" in entry)) continue;
    const fill = entry.fill ?? 0;
    const path = `stages.${name}.fill`;
    if (fill === 0 && entry.copies !== undefined) {
      report(
        path,
        "without fill the copies stay the same until rounding breaks the symmetry, within about twenty steps; the end result is as good",
        {
          severity: information,
        },
      );
    }
    if (fill > 0.1 && has(path)) {
      report(
        path,
        `a fill of ${fill} throws away much of the start that the parents give; it buys nothing at the end`,
        {
          severity: information,
          allowed: "0 to 0.1 serve best",
        },
      );
    }
  }
};

/** It is for those who train on elsewhere. */
export const adviseDropout: Check = ({ recipe, report }) => {
  for (const [model, { dropout_rate = 0 }] of Object.entries(recipe.models)) {
    if (dropout_rate === 0) continue;
    report(
      `models.${model}.dropout_rate`,
      "is written into config.json and compared when fusing; training here drops nothing",
      { severity: information },
    );
  }
};

/** A baseline whose rate never falls loses to any child whose rate does, fusion or not. */
export const adviseBaselines: Check = (draft) => {
  for (const [name, entry] of Object.entries(draft.recipe.stages)) {
    if (!("evaluate" in entry)) continue;
    const compared = trainStages(draft.recipe).filter(([stage]) => entry.evaluate.includes(stage));
    const decayed = compared.find(([stage]) => decays(draft, stage) && !isFresh(draft, stage));
    if (decayed === undefined) continue;
    for (const [stage] of compared) {
      if (decays(draft, stage) || !isFresh(draft, stage)) continue;
      draft.report(
        `stages.${stage}.schedule`,
        `${quote(name)} compares this baseline, whose learning rate never falls, with ${quote(decayed[0])}, whose rate does: the difference is the schedule's as much as the fusion's`,
        {
          severity: information,
          allowed: "a decaying schedule (wsd, cosine, linear) on both",
          fixes: [
            {
              title: `Let the rate of ${quote(stage)} fall as that of ${quote(decayed[0])} does`,
              path: `stages.${stage}.schedule`,
              value: scheduleText(draft, decayed[0]),
            },
          ],
        },
      );
    }
  }
};

/** As a YAML flow map: its kind, and what its own or the defaults' entry says of it. */
function scheduleText({ recipe }: Draft, stage: string): string {
  const entry = recipe.stages[stage];
  const own = entry !== undefined && "train" in entry ? entry.schedule : undefined;
  const merged = combined(own, recipe.defaults?.train?.schedule) ?? {};
  const parts = Object.entries(merged).map(([key, value]) => `${key}: ${value}`);
  return `{ ${parts.join(", ")} }`;
}

function decays({ recipe }: Draft, stage: string): boolean {
  const entry = recipe.stages[stage];
  if (entry === undefined || !("train" in entry)) return false;
  return ["wsd", "cosine", "linear"].includes(
    trainNumbers(entry, recipe.defaults?.train).schedule.kind,
  );
}

function isFresh({ recipe, names }: Draft, stage: string): boolean {
  const entry = recipe.stages[stage];
  return entry !== undefined && "train" in entry && names.model.has(entry.train);
}

export const adviseUnused: Check = ({ recipe, report }) => {
  const stages = Object.values(recipe.stages);
  const trained = new Set(stages.flatMap((entry) => ("train" in entry ? [entry.train] : [])));
  for (const model of Object.keys(recipe.models)) {
    if (!trained.has(model)) {
      report(`models.${model}`, "is trained by no stage", {
        severity: information,
        at: "key",
        fixes: [{ title: `Remove the model ${quote(model)}`, path: `models.${model}` }],
      });
    }
  }
  const corpora = Object.keys(recipe.corpora);
  const read = new Set<string | undefined>(
    stages.flatMap((entry) => ("corpus" in entry ? [entry.corpus] : [])),
  );
  read.add(recipe.defaults?.train?.corpus);
  if (corpora.length < 2) return;
  for (const corpus of corpora) {
    if (!read.has(corpus)) {
      report(`corpora.${corpus}`, "is read by no stage", {
        severity: information,
        at: "key",
        fixes: [{ title: `Remove the corpus ${quote(corpus)}`, path: `corpora.${corpus}` }],
      });
    }
  }
};
