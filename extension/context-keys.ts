/** What `when` clauses and enablement ask for, kept in step with what is on the disk. */
import * as vscode from "vscode";
import type { Catalogue } from "../server/protocol/catalogue";
import { runState, runStates } from "./views/nodes";

export const contextKeys = [
  "deepFusion.hasRuns",
  "deepFusion.hasCheckpoints",
  "deepFusion.isRunning",
  "deepFusion.isStoppable",
  "deepFusion.isResumable",
] as const;

type ContextKey = (typeof contextKeys)[number];

export async function updateContextKeys({ runs, checkpoints }: Catalogue): Promise<void> {
  const states = runs.map(runState);
  const made = runs.some(({ stages }) => stages.some(({ checkpoint }) => checkpoint !== undefined));
  const values: Readonly<Record<ContextKey, boolean>> = {
    "deepFusion.hasRuns": runs.length > 0,
    "deepFusion.hasCheckpoints": checkpoints.length > 0 || made,
    "deepFusion.isRunning": states.some((state) => runStates.pausable.includes(state)),
    "deepFusion.isStoppable": states.some((state) => runStates.stoppable.includes(state)),
    "deepFusion.isResumable": states.some((state) => runStates.resumable.includes(state)),
  };
  for (const [key, value] of Object.entries(values)) {
    await vscode.commands.executeCommand("setContext", key, value);
  }
}
