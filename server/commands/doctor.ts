/** `deep-fusion doctor`: which engines and devices run here, and why the others do not. */
import { availableParallelism, totalmem } from "node:os";
import { examineEngines } from "../engine/doctor";
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
  const gib = (machine.memory_bytes / 2 ** 30).toFixed(1);
  output.result(
    `${createdBy}, Node ${machine.node}, ${machine.platform}, ${machine.cores} cores, ${gib} GiB of memory`,
  );
  output.result("");
  const rows = engines.map((engine) => [
    engine.engine,
    engine.device,
    engine.usable ? "yes" : "no",
    engine.usable ? (engine.version ?? "") : engine.reason,
  ]);
  const columns = ["ENGINE", "DEVICE", "USABLE", ""].map((title) => ({
    title,
    align: "left" as const,
  }));
  for (const line of table(columns, rows)) output.result(line);
  return usable ? 0 : 1;
}
