/** The dashboard: one panel, which comes back after a reload of the window with what it showed. */
import * as vscode from "vscode";
import type { FromDashboard, ToDashboard } from "../../server/protocol/dashboard";
import type { ServerClient } from "../client";
import type { Guard } from "../guard";
import { onMessage, saveFile } from "./messages";
import { pageHtml, pageIcon, webviewOptions } from "./page";
import { HubRelay, isRelayRequest } from "./relay";

export const dashboardType = "deepFusion.dashboard";

export interface DashboardOptions {
  readonly client: ServerClient;
  readonly guard: Guard;
  readonly extension: vscode.Uri;
  readonly openRecipe: (run: string) => Promise<void>;
  readonly openReport: (runs: readonly string[]) => Promise<void>;
}

export class DashboardPanel implements vscode.WebviewPanelSerializer {
  private panel: vscode.WebviewPanel | undefined;
  /** For the page, once it listens. */
  private waiting: ToDashboard[] = [];
  private ready = false;

  constructor(private readonly options: DashboardOptions) {}

  /** With these runs; [] leaves what it shows. */
  show(...messages: readonly ToDashboard[]): void {
    if (this.panel === undefined) {
      this.attach(
        vscode.window.createWebviewPanel(
          dashboardType,
          vscode.l10n.t("Deep Fusion Dashboard"),
          vscode.ViewColumn.Active,
          webviewOptions(this.options.extension),
        ),
      );
    } else {
      this.panel.reveal();
    }
    for (const message of messages) this.post(message);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = webviewOptions(this.options.extension);
    this.attach(panel);
    return Promise.resolve();
  }

  private attach(panel: vscode.WebviewPanel): void {
    const { client, guard, extension } = this.options;
    this.panel = panel;
    this.ready = false;
    panel.iconPath = pageIcon(extension);
    const relay = new HubRelay(client, (event) => void panel.webview.postMessage(event));
    const messages = onMessage<FromDashboard>(panel.webview, {
      handle: (message) => this.handle(message, relay),
      ...{ guard, name: "dashboard" },
    });
    panel.onDidDispose(() => {
      relay.dispose();
      messages.dispose();
      this.panel = undefined;
      this.waiting = [];
    });
    panel.webview.html = pageHtml(panel.webview, extension, "dashboard");
  }

  private post(message: ToDashboard): void {
    if (this.ready) void this.panel?.webview.postMessage(message);
    else this.waiting.push(message);
  }

  private async handle(message: FromDashboard, relay: HubRelay): Promise<void> {
    if (isRelayRequest(message)) return relay.handle(message);
    switch (message.kind) {
      case "ready": {
        await relay.announce();
        this.ready = true;
        const waiting = this.waiting;
        this.waiting = [];
        for (const next of waiting) this.post(next);
        return;
      }
      case "save":
        return saveFile(message.fileName, message.contents);
      case "open-recipe":
        return this.options.openRecipe(message.run);
      case "open-report":
        return this.options.openReport([message.run]);
    }
  }
}
