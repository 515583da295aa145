/** Answers the requests about runs on the language server's connection. */
import type { Connection } from "vscode-languageserver";
import {
  addRun,
  controlRun,
  findHub,
  forgetRun,
  listRuns,
  resumeRun,
  startRun,
} from "../protocol/runs";
import type { RunService } from "./run-service";

/** `service` settles once the workspace has been searched; until then requests wait. */
export function registerRuns(connection: Connection, service: Promise<RunService>): void {
  connection.onRequest(listRuns, async () => (await service).list());
  connection.onRequest(startRun, async (params) => (await service).start(params));
  connection.onRequest(resumeRun, async ({ folder }) => (await service).resume(folder));
  connection.onRequest(controlRun, async ({ folder, request }) => {
    await (await service).control(folder, request);
  });
  connection.onRequest(addRun, async ({ folder }) => (await service).add(folder));
  connection.onRequest(forgetRun, async ({ folder }) => {
    await (await service).forget(folder);
  });
  connection.onRequest(findHub, async () => (await service).address);
}
