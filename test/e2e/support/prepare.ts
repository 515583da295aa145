/** Before all tests: what must be installed is, and one run of the quickstart is made, whose copies the tests act on. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { findBrowser } from "../../../scripts/browser.mjs";
import { installVsCode } from "../../../scripts/vscode.mjs";

declare module "vitest" {
  export interface ProvidedContext {
    /** A workspace with the quickstart's recipe and its finished run. */
    readonly quickstart: string;
  }
}

export function setup(project: TestProject): () => void {
  installVsCode();
  findBrowser();
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), "deep-fusion-quickstart-")));
  cpSync("examples/quickstart.fusion.yaml", join(workspace, "quickstart.fusion.yaml"));
  const command = ["run", "quickstart.fusion.yaml", "--parallel", "2", "--threads", "1"];
  const cli = join(process.cwd(), "dist/cli.js");
  execFileSync(process.execPath, [cli, ...command], { cwd: workspace, stdio: "ignore" });
  project.provide("quickstart", workspace);
  return () => {
    rmSync(workspace, { recursive: true, force: true });
  };
}
