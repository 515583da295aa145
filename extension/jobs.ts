/** Long work on the server, and how far it is: in a notification with cancel, or wherever it is shown. */
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

  /** Without a notification: progress goes to the listener. @throws what the work throws */
  async follow<Result>(
    listener: (progress: JobProgress) => void,
    work: (job: string) => Promise<Result>,
  ): Promise<Result> {
    const job = randomUUID();
    this.listeners.set(job, listener);
    try {
      return await work(job);
    } finally {
      this.listeners.delete(job);
    }
  }

  /** @throws what the work throws; a CancellationError where the user cancels */
  run<Result>(
    title: string,
    work: (job: string, token: vscode.CancellationToken) => Promise<Result>,
  ): Promise<Result> {
    const location = vscode.ProgressLocation.Notification;
    const shown = vscode.window.withProgress(
      { location, title, cancellable: true },
      (progress, token) =>
        this.follow(
          ({ label, done, of }) => {
            const shown = plain(label);
            progress.report({ message: of > 1 ? `${shown} ${done}/${of}` : shown });
          },
          (job) => work(job, token),
        ),
    );
    return Promise.resolve(shown);
  }
}
