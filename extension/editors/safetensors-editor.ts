/** The read-only editor of .safetensors files: the header at once, values of what is looked at. */
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import { inspectTensor, readTensorFile } from "../../server/protocol/tensor-requests";
import type { FromTensors, ToTensors } from "../../server/protocol/tensors";
import type { ServerClient } from "../client";
import { messageOf, type Guard } from "../guard";
import { onMessage, saveFile } from "../panels/messages";
import { pageHtml, webviewOptions } from "../panels/page";

export const safetensorsEditor = "deepFusion.safetensors";

export interface SafetensorsOptions {
  readonly client: ServerClient;
  readonly guard: Guard;
  readonly extension: vscode.Uri;
}

export class SafetensorsEditor implements vscode.CustomReadonlyEditorProvider {
  /** By file: the pages that show it, and the tensor that the next one begins with. */
  private readonly pages = new Map<string, TensorsPage>();
  private readonly wanted = new Map<string, string>();

  constructor(private readonly options: SafetensorsOptions) {}

  /** Opens the file, or goes to it, with this tensor chosen. */
  readonly show = async (uri: vscode.Uri, tensor?: string): Promise<void> => {
    const page = this.pages.get(uri.fsPath);
    if (tensor !== undefined && page === undefined) this.wanted.set(uri.fsPath, tensor);
    await vscode.commands.executeCommand("vscode.openWith", uri, safetensorsEditor);
    if (tensor !== undefined) page?.choose(tensor);
  };

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const { client, guard, extension } = this.options;
    const { webview } = panel;
    webview.options = webviewOptions(extension);
    const page = new TensorsPage(client, {
      path: uri.fsPath,
      first: this.wanted.get(uri.fsPath),
      post: (message) => void webview.postMessage(message),
    });
    this.wanted.delete(uri.fsPath);
    this.pages.set(uri.fsPath, page);
    const messages = onMessage<FromTensors>(webview, {
      handle: (message) => page.handle(message),
      ...{ guard, name: basename(uri.fsPath) },
    });
    panel.onDidDispose(() => {
      messages.dispose();
      page.dispose();
      if (this.pages.get(uri.fsPath) === page) this.pages.delete(uri.fsPath);
    });
    webview.html = pageHtml(webview, extension, "tensors");
  }
}

interface TensorsPageOptions {
  readonly path: string;
  /** Chosen at first. */
  readonly first: string | undefined;
  readonly post: (message: ToTensors) => void;
}

class TensorsPage {
  private current: vscode.CancellationTokenSource | undefined;
  private readonly path: string;
  private readonly post: (message: ToTensors) => void;

  constructor(
    private readonly client: ServerClient,
    private readonly options: TensorsPageOptions,
  ) {
    this.path = options.path;
    this.post = options.post;
  }

  choose(name: string): void {
    this.post({ kind: "choose", name });
  }

  async handle(message: FromTensors): Promise<void> {
    switch (message.kind) {
      case "ready":
        this.post(await this.file());
        if (this.options.first !== undefined) this.choose(this.options.first);
        return;
      case "inspect":
        await this.inspect(message.name);
        return;
      case "open-shard":
        await this.openShard(message.file);
        return;
      case "save":
        await saveFile(message.fileName, message.contents);
        return;
    }
  }

  dispose(): void {
    this.current?.cancel();
    this.current?.dispose();
  }

  /** In the same folder, whatever the page says. */
  private async openShard(file: string): Promise<void> {
    const shard = vscode.Uri.file(join(dirname(this.path), basename(file)));
    await vscode.commands.executeCommand("vscode.openWith", shard, safetensorsEditor);
  }

  private async file(): Promise<ToTensors> {
    try {
      const file = await this.client.request(readTensorFile, { path: this.path });
      return { kind: "file", file };
    } catch (error) {
      return { kind: "unreadable", message: messageOf(error) };
    }
  }

  /** A newer question ends the one before. */
  private async inspect(name: string): Promise<void> {
    this.dispose();
    const source = new vscode.CancellationTokenSource();
    this.current = source;
    try {
      const { statistics, picture } = await this.client.request(
        inspectTensor,
        { path: this.path, name },
        source.token,
      );
      if (picture === undefined) {
        this.post({ kind: "tensor", name, statistics });
        return;
      }
      const { base64, ...shape } = picture;
      const values = Uint8Array.from(Buffer.from(base64, "base64")).buffer;
      this.post({ kind: "tensor", name, statistics, picture: { ...shape, values } });
    } catch (error) {
      if (!source.token.isCancellationRequested) {
        this.post({ kind: "tensor-failed", name, message: messageOf(error) });
      }
    }
  }
}
