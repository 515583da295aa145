/** Entry point of report.html: reads the payload beside it and puts the sections together. */
import type { ReportPayload } from "../../server/protocol/report";
import { element } from "../dom";
import { onThemeChange, pageColors, type PageColors } from "../theme";
import { comparisonTable } from "./comparison";
import { CurvesSection } from "../charts/curves-section";
import { reportHeader } from "./header";
import { kernelsSections } from "./kernels";
import { reportStages, stageCurves, type Stage } from "./model";
import { lineageTable, receiptCards } from "./receipts";
import { staticSection, type Section } from "../section";
import { stageGraph, type GraphStage } from "../charts/stage-graph";

const payload = readPayload();
const sections = makeSections(payload, pageColors());
document
  .querySelector("main")
  ?.replaceChildren(reportHeader(payload), ...sections.map(({ root }) => root));
onThemeChange(() => {
  const colors = pageColors();
  for (const section of sections) section.recolor(colors);
});

function readPayload(): ReportPayload {
  const text = document.getElementById("payload")?.textContent ?? "";
  return JSON.parse(text) as ReportPayload;
}

function makeSections({ runs, ...rest }: ReportPayload, colors: PageColors): Section[] {
  const stages = reportStages({ runs, ...rest });
  const curves = stageCurves(stages);
  return [
    staticSection(
      "Stages",
      (now) => runs.map((run) => stageGraph(ofRun(stages, run).map(inGraph), now)),
      colors,
    ),
    ...comparisonSection(stages, runs, colors),
    ...(curves.length > 0 ? [new CurvesSection(curves, colors)] : []),
    ...kernelsSections(stages, colors),
    staticSection(
      "Receipts and lineage",
      (now) => [
        element("div", { class: "receipts" }, ...receiptCards(stages, now)),
        lineageTable(stages, now),
      ],
      colors,
    ),
  ];
}

function comparisonSection(
  stages: readonly Stage[],
  runs: ReportPayload["runs"],
  colors: PageColors,
): Section[] {
  if (runs.every(({ comparisons }) => comparisons.length === 0)) return [];
  const tables = (now: PageColors): HTMLElement[] =>
    runs.flatMap((run) =>
      run.comparisons.map((comparison) => comparisonTable(comparison, ofRun(stages, run), now)),
    );
  return [staticSection("Comparison", tables, colors)];
}

function inGraph(stage: Stage): GraphStage {
  const operation = stage.lineage?.operation;
  if (stage.record.kind !== "fuse" || operation?.kind !== "fused") return stage;
  const { method, receipt } = operation;
  return { ...stage, fusion: { method, kind: receipt.kind, drift: receipt.drift } };
}

function ofRun(stages: readonly Stage[], run: ReportPayload["runs"][number]): Stage[] {
  return stages.filter((stage) => stage.run === run);
}
