/** The run service on the language server's connection. */
import type { Connection } from "vscode-languageserver";
import { findHub } from "../protocol/find-hub";
import {
  addRun,
  controlRun,
  forgetRun,
  listRuns,
  resumeRun,
  type RunStatus,
  runsChanged,
  startRun,
} from "../protocol/runs";
import type { Runtime } from "./launch";
import { type RunService, type RunServiceOptions, runService } from "./run-service";
import { signalOf } from "./signal-of";

export interface Runs {
  /** Once, after the client has said where it keeps things; requests wait for it. */
  open(options: Pick<RunServiceOptions, "roots" | "storage" | "onClose">): void;
  configure: RunService["configure"];
  /** The window closes; settles at once where the runs were never opened. */
  close(): Promise<void>;
}

export function registerRuns(connection: Connection, runtime: Runtime): Runs {
  let isOpen = false;
  let begin: (service: Promise<RunService>) => void = () => undefined;
  const service = new Promise<RunService>((resolve) => {
    begin = resolve;
  });
  // Whoever asks hears of it.
  service.catch((error: unknown) => {
    connection.console.error(error instanceof Error ? error.message : String(error));
  });
  answer(connection, service);
  const onChange = (runs: readonly RunStatus[]): void => {
    void connection.sendNotification(runsChanged, { runs }).catch(() => undefined);
  };
  return {
    open: (options) => {
      if (isOpen) return;
      isOpen = true;
      begin(runService({ ...options, runtime, onChange }));
    },
    configure: async (settings) => {
      await (await service).configure(settings);
    },
    close: async () => {
      const opened = isOpen ? await service.catch(() => undefined) : undefined;
      await opened?.close();
    },
  };
}

function answer(connection: Connection, service: Promise<RunService>): void {
  connection.onRequest(listRuns, async () => (await service).list());
  connection.onRequest(startRun, async (params, token) =>
    (await service).start(params, signalOf(token)),
  );
  connection.onRequest(resumeRun, async ({ folder }, token) =>
    (await service).resume(folder, signalOf(token)),
  );
  connection.onRequest(controlRun, async ({ folder, request }) => {
    await (await service).control(folder, request);
  });
  connection.onRequest(addRun, async ({ folder }) => (await service).add(folder));
  connection.onRequest(forgetRun, async ({ folder }) => {
    await (await service).forget(folder);
  });
  connection.onRequest(findHub, async () => (await service).address);
}
