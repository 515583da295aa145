/** What commands and views are given: made once by main.ts. */
import type * as vscode from "vscode";
import type { CheckpointTree } from "./views/checkpoint-tree";
import type { ServerClient } from "./client";
import type { Fusion } from "./fusion";
import type { Guard } from "./guard";
import type { Inspection } from "./inspection";
import type { Jobs } from "./jobs";
import type { Places } from "./places";
import type { Recipes } from "./recipes";
import type { DashboardPanel } from "./panels/dashboard-panel";
import type { Runs } from "./runs";
import type { TrainOn } from "./train-on";
import type { TryingPanel } from "./panels/trying-panel";

export interface Services {
  readonly log: vscode.LogOutputChannel;
  readonly client: ServerClient;
  readonly guard: Guard;
  readonly jobs: Jobs;
  readonly places: Places;
  readonly recipes: Recipes;
  readonly runs: Runs;
  readonly tree: CheckpointTree;
  readonly fusion: Fusion;
  readonly trainOn: TrainOn;
  readonly inspection: Inspection;
  readonly dashboard: DashboardPanel;
  /** Of these runs' folders, in a tab. */
  readonly openReport: (runs: readonly string[]) => Promise<void>;
  readonly trying: TryingPanel;
}
