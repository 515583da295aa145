/** The quickstart, run by the command line in a workspace: its checkpoints are what the tests act on. */
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Absolute folder of the run. */
export function runQuickstart(workspace: string): string {
  const recipe = join(workspace, "quickstart.fusion.yaml");
  copyFileSync(join(root, "examples/quickstart.fusion.yaml"), recipe);
  const command = [join(root, "dist/cli.js"), "run", recipe, "--parallel", "2", "--threads", "1"];
  execFileSync(process.execPath, command, { cwd: workspace, stdio: "ignore" });
  return join(workspace, "runs", "quickstart");
}
