/** `deep-fusion doctor`: which engines and devices run here, how fast, and why the others do not. */
import { availableParallelism, totalmem } from "node:os";
import { comparedWith } from "../calibration/compared-with";
import type { StepTiming } from "../calibration/time-steps";
import { runTrial, type TrialResult } from "../calibration/trial";
import { standardWorkload, workloadFlops } from "../calibration/workload";
import { type EngineReport, examineEngines } from "../engine/doctor";
import type { DoctorAnswer, ReportedEngine } from "../protocol/engines";
import type { ExitCode, Services } from "./services";
import { table } from "./table";

export async function doctor(
  flags: { readonly json?: boolean },
  services: Pick<Services, "output" | "createdBy" | "calibrator" | "stopping" | "now">,
): Promise<ExitCode> {
  const { output, createdBy } = services;
  const engines = await withSpeeds(await examineEngines(), services);
  const usable = engines.some((engine) => engine.usable);
  const machine = {
    version: createdBy,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memory_bytes: totalmem(),
  };
  if (flags.json === true) {
    output.json({ ...machine, engines, usable } satisfies DoctorAnswer);
    return usable ? 0 : 1;
  }
  output.result(
    `${createdBy}, Node ${machine.node}, ${machine.platform}, ${machine.cores} cores, ${gibibytes(machine.memory_bytes)} of memory`,
  );
  output.result("");
  const rows = engines.map((engine) => [
    engine.engine,
    engine.device,
    engine.usable ? "yes" : "no",
    engine.memory_bytes === undefined ? "" : gibibytes(engine.memory_bytes),
    speedText(engine),
    aboutEngine(engine),
  ]);
  const columns = [
    ...(["ENGINE", "DEVICE", "USABLE"] as const).map((title) => ({
      title,
      align: "left" as const,
    })),
    { title: "MEMORY", align: "right" as const },
    { title: "SPEED", align: "right" as const },
    { title: "", align: "left" as const },
  ];
  for (const line of table(columns, rows)) output.result(line);
  output.result("");
  output.result(
    "Speed: training steps of the demo's wide model, on all cores where it is the CPU.",
  );
  return usable ? 0 : 1;
}

const speedBudgetMs = 1500;

/** One that was found to run, but does not train, or to something else than the CPU, is not usable either. */
async function withSpeeds(
  reports: readonly EngineReport[],
  { calibrator, stopping, now }: Pick<Services, "calibrator" | "stopping" | "now">,
): Promise<readonly ReportedEngine[]> {
  const engines: ReportedEngine[] = [];
  let reference: StepTiming | undefined;
  // One after the other: each has all cores for itself.
  for (const report of reports) {
    const { engine, device, usable } = report;
    if (!usable) {
      engines.push(report);
      continue;
    }
    const result = await runTrial({
      candidate: { engine, device, threads: availableParallelism() },
      ...{ workload: standardWorkload, budgetMs: speedBudgetMs, listsOperators: true },
      ...{ calibrator, now, signal: stopping },
    });
    engines.push({ ...report, ...found(comparedWith(reference, result, now())) });
    if (device === "cpu" && "stepMs" in result) reference ??= result;
  }
  return engines;
}

function found(result: TrialResult): Partial<ReportedEngine> {
  if ("failed" in result) return { usable: false, reason: result.failed };
  if (!("stepMs" in result)) return {};
  const steps_per_second = 1000 / result.stepMs;
  const flops_per_second = steps_per_second * workloadFlops(standardWorkload);
  const { cpuOperators } = result;
  return {
    ...{ steps_per_second, flops_per_second },
    ...(cpuOperators !== undefined && { cpu_operators: cpuOperators }),
  };
}

function speedText({ steps_per_second, flops_per_second }: ReportedEngine): string {
  if (steps_per_second === undefined || flops_per_second === undefined) return "";
  const steps = Number(steps_per_second.toPrecision(3));
  return `${steps} steps/s, ${Number((flops_per_second / 1e9).toPrecision(3))} GFLOP/s`;
}

function aboutEngine(engine: ReportedEngine): string {
  const { usable, version, device_name, caution, reason } = engine;
  const { cpu_operators = [], precisions = [] } = engine;
  const left =
    cpu_operators.length === 0 ? undefined : `leaves ${cpu_operators.join(", ")} to the CPU`;
  const parts = [version, device_name, precisions.join(" and "), left, caution];
  if (usable) return parts.filter(Boolean).join(", ");
  return version === undefined ? reason : `${version}: ${reason}`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
