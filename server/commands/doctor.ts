/** `deep-fusion doctor`: which engines and devices run here, how fast, and why the others do not. */
import { availableParallelism, totalmem } from "node:os";
import { runTrial } from "../calibration/trial";
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
  const engines: ReportedEngine[] = [];
  // One after the other: each has all cores for itself.
  for (const report of await examineEngines()) engines.push(await withSpeed(report, services));
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

/** One that was found to run, but does not train, is not usable either. */
async function withSpeed(
  report: EngineReport,
  { calibrator, stopping, now }: Pick<Services, "calibrator" | "stopping" | "now">,
): Promise<ReportedEngine> {
  if (!report.usable) return report;
  const { engine, device } = report;
  const result = await runTrial({
    candidate: { engine, device, threads: availableParallelism() },
    ...{ workload: standardWorkload, budgetMs: speedBudgetMs },
    ...{ calibrator, now, signal: stopping },
  });
  if ("failed" in result) return { ...report, usable: false, reason: result.failed };
  if (!("stepMs" in result)) return report;
  const steps_per_second = 1000 / result.stepMs;
  const flops_per_second = steps_per_second * workloadFlops(standardWorkload);
  return { ...report, steps_per_second, flops_per_second };
}

function speedText({ steps_per_second, flops_per_second }: ReportedEngine): string {
  if (steps_per_second === undefined || flops_per_second === undefined) return "";
  const steps = Number(steps_per_second.toPrecision(3));
  return `${steps} steps/s, ${Number((flops_per_second / 1e9).toPrecision(3))} GFLOP/s`;
}

function aboutEngine({ usable, version, device_name, reason }: ReportedEngine): string {
  if (usable) return [version, device_name].filter((part) => part !== undefined).join(", ");
  return version === undefined ? reason : `${version}: ${reason}`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
