/** Answers the requests about runs on the language server's connection. */
import type { Connection } from "vscode-languageserver";
import { controlRun, resumeRun, startRun } from "../protocol/runs";
import { launchResume, launchRun, stopRun } from "./launch";

export function registerRuns(connection: Connection, cli: URL): void {
  connection.onRequest(startRun, async (params) => {
    await launchRun(params, cli);
    return { folder: params.folder };
  });
  connection.onRequest(resumeRun, async ({ folder }) => {
    await launchResume(folder, cli);
    return { folder };
  });
  connection.onRequest(controlRun, async ({ folder }) => {
    await stopRun(folder);
  });
}
