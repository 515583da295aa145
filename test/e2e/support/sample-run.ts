/** The quickstart's recipe and its finished run, made once by the command line, copied into a workspace. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";

/** @returns the run's folder */
export function copyQuickstart(workspace: string): string {
  const made = inject("quickstart");
  cpSync(made, workspace, { recursive: true });
  const run = join(workspace, "runs", "quickstart");
  // The run names its recipe by an absolute path.
  const record = join(run, "run.json");
  writeFileSync(record, readFileSync(record, "utf8").replaceAll(made, workspace));
  return run;
}
