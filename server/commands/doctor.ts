/** `deep-fusion doctor`: which engines and devices run here, how fast, and why the others do not. */
import { availableParallelism, totalmem } from "node:os";
import { runTrial } from "../calibration/trial";
import { standardWorkload, workloadFlops } from "../calibration/workload";
import { type EngineReport, examineEngines } from "../engine/doctor";
import { loadGraphEngine } from "../engine/load";
import { lossFunction } from "../model/functions";
import { presets } from "../model/presets";
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
  return { ...report, ...(await leftToCpu(report)), ...speedOf(result) };
}

function speedOf(result: Awaited<ReturnType<typeof runTrial>>) {
  if (!("stepMs" in result)) return {};
  const steps_per_second = 1000 / result.stepMs;
  const flops_per_second = steps_per_second * workloadFlops(standardWorkload);
  return { steps_per_second, flops_per_second };
}

/** The CPU has all, and TensorFlow does not say. */
async function leftToCpu({ engine, device }: EngineReport) {
  if (engine !== "graph" || device !== "webgpu") return {};
  const { operatorsOnCpu } = await loadGraphEngine();
  return { cpu_operators: await operatorsOnCpu(device, sample) };
}

/** Small, with every kind of layer that a model can have. */
const sample = lossFunction(
  {
    ...presets["t5-nano"]!,
    ...{ vocab_size: 32, d_model: 8, d_kv: 4, d_ff: 16, num_heads: 2, fusion_parts: [4, 4] },
    ...{ num_layers: 1, num_decoder_layers: 1, is_gated_act: true, dense_act_fn: "gelu_new" },
  },
  { examples: 1, inputs: 4, targets: 4, masked: false },
);

function speedText({ steps_per_second, flops_per_second }: ReportedEngine): string {
  if (steps_per_second === undefined || flops_per_second === undefined) return "";
  const steps = Number(steps_per_second.toPrecision(3));
  return `${steps} steps/s, ${Number((flops_per_second / 1e9).toPrecision(3))} GFLOP/s`;
}

function aboutEngine(engine: ReportedEngine): string {
  const { usable, version, device_name, reason, cpu_operators = [] } = engine;
  const left =
    cpu_operators.length === 0 ? undefined : `leaves ${cpu_operators.join(", ")} to the CPU`;
  if (usable) return [version, device_name, left].filter((part) => part !== undefined).join(", ");
  return version === undefined ? reason : `${version}: ${reason}`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
