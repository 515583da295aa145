/** Where checkpoints are tried: one panel, which comes back after a reload of the window with what it showed. */
import * as vscode from "vscode";
import { generateRequest } from "../../server/protocol/generation";
import type {
  FromTrying,
  ToTrying,
  TriedCheckpoint,
  TriedQuestion,
} from "../../server/protocol/trying";
import { chooseAnother, type TriedSources } from "../choose-tried";
import { type Guard, messageOf } from "../guard";
import type { Jobs } from "../jobs";
import { isAllowed } from "../trust";
import { onMessage } from "./messages";
import { pageHtml, pageIcon, webviewOptions } from "./page";

export const tryingType = "deepFusion.trying";

export interface TryingOptions extends TriedSources {
  readonly guard: Guard;
  readonly jobs: Jobs;
  readonly extension: vscode.Uri;
}

export class TryingPanel implements vscode.WebviewPanelSerializer {
  private panel: vscode.WebviewPanel | undefined;
  /** For the page, once it listens: a hidden one is gone, and comes back as a new one. */
  private waiting: ToTrying[] = [];
  private ready = false;
  private current: vscode.CancellationTokenSource | undefined;

  constructor(private readonly options: TryingOptions) {}

  show(checkpoints: readonly TriedCheckpoint[]): void {
    if (this.panel === undefined) {
      this.attach(
        vscode.window.createWebviewPanel(
          tryingType,
          vscode.l10n.t("Try Checkpoints"),
          vscode.ViewColumn.Active,
          webviewOptions(this.options.extension),
        ),
      );
    } else {
      this.panel.reveal();
    }
    this.post({ kind: "show", checkpoints });
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = webviewOptions(this.options.extension);
    this.attach(panel);
    return Promise.resolve();
  }

  private attach(panel: vscode.WebviewPanel): void {
    const { guard, extension } = this.options;
    this.panel = panel;
    this.ready = false;
    panel.iconPath = pageIcon(extension);
    const messages = onMessage<FromTrying>(panel.webview, {
      handle: (message) => this.handle(message),
      ...{ guard, name: "trying" },
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.ready = false;
    });
    panel.onDidDispose(() => {
      messages.dispose();
      // Nothing may be posted to it any more.
      this.panel = undefined;
      this.ready = false;
      this.cancel();
      this.waiting = [];
    });
    panel.webview.html = pageHtml(panel.webview, extension, "trying");
  }

  private post(message: ToTrying): void {
    if (this.ready) void this.panel?.webview.postMessage(message);
    else if (message.kind !== "progress") this.waiting.push(message);
  }

  private async handle(message: FromTrying): Promise<void> {
    switch (message.kind) {
      case "ready": {
        this.ready = true;
        const waiting = this.waiting;
        this.waiting = [];
        for (const next of waiting) this.post(next);
        this.postStanding();
        return;
      }
      case "try":
        return this.ask(message.question);
      case "cancel":
        this.cancel();
        return;
      case "choose": {
        const checkpoints = await chooseAnother(this.options, message.shown);
        if (checkpoints !== undefined) this.post({ kind: "add", checkpoints });
        return;
      }
    }
  }

  /** A newer question ends the one before. */
  private async ask(question: TriedQuestion): Promise<void> {
    this.cancel();
    if (!isAllowed()) {
      this.postStanding();
      return;
    }
    const source = new vscode.CancellationTokenSource();
    this.current = source;
    this.postStanding();
    const said = await this.answer(question, source.token);
    if (this.current !== source) return;
    this.current = undefined;
    source.dispose();
    if (said !== undefined) this.post(said);
    this.postStanding();
  }

  /** Undefined where it was cancelled. */
  private async answer(
    question: TriedQuestion,
    token: vscode.CancellationToken,
  ): Promise<ToTrying | undefined> {
    const { client, jobs } = this.options;
    const { prompt, strategy, maxTokens } = question;
    const checkpoints = question.checkpoints.map(({ directory }) => directory);
    try {
      const results = await jobs.follow(
        ({ done, of }) => {
          if (!token.isCancellationRequested) this.post({ kind: "progress", done, of });
        },
        (job) =>
          client.request(generateRequest, { prompt, strategy, maxTokens, checkpoints, job }, token),
      );
      return { kind: "answered", question, results };
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      return { kind: "failed", message: messageOf(error) };
    }
  }

  private cancel(): void {
    const source = this.current;
    this.current = undefined;
    source?.cancel();
    source?.dispose();
    if (source !== undefined) this.postStanding();
  }

  private postStanding(): void {
    const standing = this.current === undefined ? "idle" : "answering";
    this.post({ kind: "standing", standing });
  }
}
