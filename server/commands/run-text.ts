/** What a run says at its beginning and at its end. */
import { choiceText } from "../calibration/describe";
import { parameterCount } from "../checkpoint/parameters";
import type { RunRecord, StageRecord } from "../protocol/run";
import type { PreparedRun, RunOptions } from "../recipe/prepare-run";
import type { ResolvedStage } from "../recipe/resolve";
import { stageSize } from "./estimate";
import { counted, duration, lossText, percent, shortNumber } from "./format";
import { table } from "./table";
import type { Column } from "./table";

/** What will be run: stages, parameters, steps and tokens. */
export function introduction({ options, record }: PreparedRun, shown: string): readonly string[] {
  const { stages, plan, settings } = options;
  const { engine, threads, parallel } = settings;
  const rows = stages.map((stage) => {
    const configuration = plan.configurations.get(stage.name);
    const size = stageSize(stage, plan);
    return [
      stage.name,
      doing(stage),
      configuration === undefined ? "" : shortNumber(parameterCount(configuration)),
      size === undefined ? "" : String(size.steps),
      size === undefined ? "" : shortNumber(size.tokens),
      standing(record.stages[stage.name]),
    ];
  });
  const beside = parallel > 1 ? `, up to ${parallel} side by side` : "";
  const why = record.choice && choiceText(record.choice);
  return [
    `${record.name}: ${counted(stages.length, "stage")} in ${shown}${beside}, ${counted(threads, "thread")} each, ${engine} engine on ${record.device}`,
    ...(why === undefined ? [] : [why]),
    "",
    ...table(beginning, rows),
    "",
    "Ctrl-C saves and stops; the same command goes on from there.",
    "",
  ];
}

const beginning: readonly Column[] = [
  { title: "STAGE", align: "left" },
  { title: "DOES", align: "left" },
  { title: "PARAMETERS", align: "right" },
  { title: "STEPS", align: "right" },
  { title: "TOKENS", align: "right" },
  { title: "NOW", align: "left" },
];

function doing(stage: ResolvedStage): string {
  switch (stage.kind) {
    case "train":
      return `trains ${stage.from.name}${stage.settings.precision === "float16" ? " in float16" : ""}`;
    case "fuse": {
      const what =
        stage.copies > 1
          ? `${stage.copies} copies of ${stage.parents[0]!}`
          : stage.parents.join(" + ");
      return `fuses ${what}, ${stage.method}`;
    }
    case "import":
      return "imports a checkpoint";
    case "evaluate":
      return `compares ${counted(stage.stages.length, "stage")}`;
  }
}

function standing(record: StageRecord | undefined): string {
  if (record?.state === "done") return "done";
  if (record?.state === "stopped" && record.step !== undefined) return `from step ${record.step}`;
  return "to do";
}

const ending: readonly Column[] = [
  { title: "STAGE", align: "left" },
  { title: "STATE", align: "left" },
  { title: "STEPS", align: "right" },
  { title: "HELD-OUT LOSS", align: "right" },
  { title: "ACCURACY", align: "right" },
  { title: "TIME", align: "right" },
  { title: "CHECKPOINT", align: "left" },
];

/** How each stage ended, in a table, and below it what each has to say: why it failed, what it skipped or waits for. */
export function outcome(
  { stages }: Pick<RunOptions, "stages">,
  record: RunRecord,
): readonly string[] {
  return stageTable(
    stages.map(({ name }) => name),
    record,
  );
}

/** Of the table's columns, where not all stages were trained on the run's one device. */
const deviceColumn = 2;

export function stageTable(names: readonly string[], record: RunRecord): readonly string[] {
  const onOthers = names.some(
    (name) => (record.stages[name]?.device ?? record.device) !== record.device,
  );
  const rows = names.flatMap((name) => {
    const stage = record.stages[name];
    if (stage === undefined) return [];
    const row = stageRow(name, stage);
    return [onOthers ? row.toSpliced(deviceColumn, 0, stage.device ?? "") : row];
  });
  const columns = onOthers
    ? ending.toSpliced(deviceColumn, 0, { title: "DEVICE", align: "left" })
    : ending;
  const remarks = names.flatMap((name) => {
    const { error, waits, skipped_batches } = record.stages[name] ?? {};
    return [
      ...(skipped_batches === undefined
        ? []
        : [`${name}: batches skipped in float16: ${skipped_batches}`]),
      ...(error === undefined ? [] : [`${name}: ${error}`]),
      ...(waits === undefined ? [] : [`${name} waits: ${waits}`]),
    ];
  });
  return [...table(columns, rows), ...(remarks.length > 0 ? ["", ...remarks] : [])];
}

function stageRow(name: string, stage: StageRecord): readonly string[] {
  const { state, waits, step, steps, heldout_loss, heldout_accuracy, own_cost, checkpoint } = stage;
  const stepText = steps !== undefined && step !== steps ? `${step ?? 0} of ${steps}` : step;
  return [
    name,
    waits === undefined ? state : "waits",
    stepText === undefined ? "" : String(stepText),
    heldout_loss === undefined ? "" : lossText(heldout_loss),
    heldout_accuracy === undefined ? "" : percent(heldout_accuracy),
    own_cost === undefined || own_cost.device_seconds === 0
      ? ""
      : duration(own_cost.device_seconds),
    checkpoint ?? "",
  ];
}
