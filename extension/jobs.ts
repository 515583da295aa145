/** Long work on the server: a notification with progress and cancel. */
import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { jobProgress, type JobProgress } from "../server/protocol/fusion";
import type { ServerClient } from "./client";
import { plain } from "./views/nodes";

export class Jobs {
  private readonly listeners = new Map<string, (progress: JobProgress) => void>();

  constructor(client: ServerClient) {
    client.onNotification(jobProgress, (progress) => this.listeners.get(progress.job)?.(progress));
  }

  /** @throws what the work throws; a CancellationError where the user cancels */
  run<Result>(
    title: string,
    work: (job: string, token: vscode.CancellationToken) => Promise<Result>,
  ): Promise<Result> {
    const job = randomUUID();
    const location = vscode.ProgressLocation.Notification;
    const shown = vscode.window.withProgress(
      { location, title, cancellable: true },
      async (progress, token) => {
        this.listeners.set(job, ({ label, done, of }) => {
          const shown = plain(label);
          progress.report({ message: of > 1 ? `${shown} ${done}/${of}` : shown });
        });
        try {
          return await work(job, token);
        } finally {
          this.listeners.delete(job);
        }
      },
    );
    return Promise.resolve(shown);
  }
}
