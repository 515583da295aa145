/** `deep-fusion report RUN… --out FILE.html`, as the command line asks for it. */
import { resolve } from "node:path";
import { report } from "./report";
import type { ExitCode, Services } from "./services";

export async function reportCommand(
  runs: readonly string[],
  flags: { readonly out: string; readonly json?: boolean },
  services: Services,
): Promise<ExitCode> {
  const { output, directory, createdBy, now, reportAssets, stopping } = services;
  const result = await report({
    runs: runs.map((run) => resolve(directory, run)),
    out: resolve(directory, flags.out),
    assets: reportAssets,
    createdBy,
    now,
    signal: stopping,
  });
  if (flags.json === true) output.json(result);
  else output.result(`${result.file}: ${(result.bytes / 1e6).toFixed(1)} MB`);
  return 0;
}
