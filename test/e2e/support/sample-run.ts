/** The quickstart's recipe and its finished run, made once by the command line, copied into a workspace. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";

/** @returns the run's folder */
export function copyQuickstart(workspace: string): string {
  cpSync(inject("quickstart"), workspace, { recursive: true });
  return join(workspace, "runs", "quickstart");
}
