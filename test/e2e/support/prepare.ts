/** Before all tests: what must be installed is, and one run of the quickstart is made, whose copies the tests act on. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { findBrowser } from "../../../scripts/browser.mjs";
import { installVsCode } from "../../../scripts/vscode.mjs";
import { endAllOf } from "./processes";

declare module "vitest" {
  export interface ProvidedContext {
    /** A workspace with the quickstart's recipe and its finished run. */
    readonly quickstart: string;
  }
}

export function setup(project: TestProject): () => void {
  installVsCode();
  findBrowser();
  const { TMPDIR } = process.env;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "df-")));
  // All that the tests make, and what they start, has its place in here: none of it outlives them, however they end.
  process.env.TMPDIR = folder;
  const end = () => {
    endAllOf(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  process.once("exit", end);
  project.provide("quickstart", makeQuickstart());
  return () => {
    process.off("exit", end);
    end();
    process.env.TMPDIR = TMPDIR;
  };
}

function makeQuickstart(): string {
  const workspace = mkdtempSync(join(tmpdir(), "quickstart-"));
  cpSync("examples/quickstart.fusion.yaml", join(workspace, "quickstart.fusion.yaml"));
  const command = ["run", "quickstart.fusion.yaml", "--parallel", "2", "--threads", "1"];
  const cli = join(process.cwd(), "dist/cli.js");
  execFileSync(process.execPath, [cli, ...command], { cwd: workspace, stdio: "ignore" });
  return workspace;
}
