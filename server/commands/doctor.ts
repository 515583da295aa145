/** `deep-fusion doctor`: which engines and devices run here, and why the others do not. */
import { availableParallelism, totalmem } from "node:os";
import { type EngineReport, examineEngines } from "../engine/doctor";
import type { ExitCode, Services } from "./services";
import { table } from "./table";

export async function doctor(
  flags: { readonly json?: boolean },
  { output, createdBy }: Services,
): Promise<ExitCode> {
  const engines = await examineEngines();
  const usable = engines.some((engine) => engine.usable);
  const machine = {
    version: createdBy,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memory_bytes: totalmem(),
  };
  if (flags.json === true) {
    output.json({ ...machine, engines, usable });
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
    aboutEngine(engine),
  ]);
  const columns = [
    ...(["ENGINE", "DEVICE", "USABLE"] as const).map((title) => ({
      title,
      align: "left" as const,
    })),
    { title: "MEMORY", align: "right" as const },
    { title: "", align: "left" as const },
  ];
  for (const line of table(columns, rows)) output.result(line);
  return usable ? 0 : 1;
}

function aboutEngine({ usable, version, device_name, reason }: EngineReport): string {
  if (usable) return [version, device_name].filter((part) => part !== undefined).join(", ");
  return version === undefined ? reason : `${version}: ${reason}`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
