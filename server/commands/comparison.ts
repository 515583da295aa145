/** The comparison that an evaluate stage asks for: what each stage reached, from where, and at which cost. Pure. */
import { noCost } from "../checkpoint/lineage";
import type { HeldoutRecord } from "../protocol/metrics";
import type { Comparison, ComparisonRow } from "../protocol/report";
import type { StageRecord } from "../protocol/run";

export interface ComparedStage {
  readonly name: string;
  readonly record: StageRecord;
  /** Stages that it takes its weights from; evaluate: that it measures. */
  readonly parents: readonly string[];
  readonly heldout: readonly HeldoutRecord[];
  /** d_model of its result; undefined where there is none. */
  readonly width: number | undefined;
}

/** One for each evaluate stage that is done, in the order given. */
export function compareStages(stages: readonly ComparedStage[]): readonly Comparison[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  return stages.flatMap((stage) => {
    const { results } = stage.record;
    if (stage.record.kind !== "evaluate" || stage.record.state !== "done" || results === undefined)
      return [];
    const compared = stage.parents.flatMap((name) => byName.get(name) ?? []);
    const family = new Family(byName);
    const baseline = baselineOf(compared, family);
    const rows = compared.flatMap((row) => {
      const figures = results[row.name];
      return figures === undefined ? [] : [comparisonRow(row, figures, { family, baseline })];
    });
    return [{ stage: stage.name, ...(baseline && { baseline: baseline.name }), rows }];
  });
}

class Family {
  constructor(private readonly byName: ReadonlyMap<string, ComparedStage>) {}

  /** The stage itself and all it descends from, each once. */
  line(stage: ComparedStage): readonly ComparedStage[] {
    const found = new Set<ComparedStage>();
    const visit = (member: ComparedStage): void => {
      if (found.has(member)) return;
      found.add(member);
      for (const parent of member.parents) {
        const known = this.byName.get(parent);
        if (known !== undefined) visit(known);
      }
    };
    visit(stage);
    return [...found];
  }

  isFused(stage: ComparedStage): boolean {
    return this.line(stage).some(({ record }) => record.kind === "fuse");
  }

  isFresh(stage: ComparedStage): boolean {
    return stage.record.kind === "train" && stage.parents.length === 0;
  }
}

/** The fresh model as wide as the widest fused one. */
function baselineOf(compared: readonly ComparedStage[], family: Family): ComparedStage | undefined {
  const widths = compared.filter((stage) => family.isFused(stage)).map(({ width }) => width ?? 0);
  const widest = Math.max(0, ...widths);
  return compared.find((stage) => family.isFresh(stage) && stage.width === widest);
}

interface RowContext {
  readonly family: Family;
  readonly baseline: ComparedStage | undefined;
}

type Figures = NonNullable<StageRecord["results"]>[string];

function comparisonRow(
  stage: ComparedStage,
  figures: Figures,
  { family, baseline }: RowContext,
): ComparisonRow {
  const startLoss = stage.heldout.find(({ step }) => step === 0)?.heldout_loss;
  const reached =
    startLoss === undefined || family.isFresh(stage)
      ? undefined
      : baseline?.heldout.find(({ heldout_loss }) => heldout_loss <= startLoss)?.step;
  const wide = family
    .line(stage)
    .filter(({ record, width }) => record.kind === "train" && width === baseline?.width);
  return {
    stage: stage.name,
    ...(startLoss !== undefined && { startLoss }),
    ...(reached !== undefined && { baselineStepAtStart: reached }),
    loss: figures.loss,
    accuracy: figures.accuracy,
    evaluatedTokens: figures.tokens,
    wideSteps: wide.reduce((sum, { record }) => sum + (record.own_cost?.steps ?? 0), 0),
    cost: stage.record.cost ?? noCost,
    ownCost: stage.record.own_cost ?? noCost,
  };
}
