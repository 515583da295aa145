/** The user's settings, each under its key; test/extension/manifest.test.ts compares them with package.json. */
import * as vscode from "vscode";

/** Defaults as in package.json. */
export const settingDefaults = {
  "run.folder": "runs",
  "run.engine": "auto",
  "run.device": "",
  "run.parallel": 0,
  "run.threads": 0,
  "run.onClose": "ask",
  "checkpoints.folders": [],
  "node.path": "",
} as const satisfies { readonly [Key in keyof Settings]: Settings[Key] };

interface Settings {
  readonly "run.folder": string;
  /** "auto": whatever is fastest here. */
  readonly "run.engine": "auto" | "graph" | "tensorflow";
  /** As --device takes it, also several; "": whatever is fastest here. */
  readonly "run.device": string;
  /** 0: as many as are done first. */
  readonly "run.parallel": number;
  /** 0: the cores' share. */
  readonly "run.threads": number;
  /** What becomes of running runs when the window closes. */
  readonly "run.onClose": "ask" | "continue" | "stop";
  /** Absolute. */
  readonly "checkpoints.folders": readonly string[];
  /** "": the one that comes with VS Code. */
  readonly "node.path": string;
}

export function setting<Key extends keyof Settings>(key: Key, scope?: vscode.Uri): Settings[Key] {
  const fallback: Settings[Key] = settingDefaults[key];
  return vscode.workspace.getConfiguration("deepFusion", scope).get<Settings[Key]>(key, fallback);
}
