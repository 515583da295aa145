/** The language server's lifetime: started once, restarted by the client after a crash, stopped with the window. */
import * as vscode from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  type NotificationType,
  type RequestType,
  type ServerOptions,
  State,
  TransportKind,
} from "vscode-languageclient/node";
import { nodeFault } from "./node-version";
import { setting } from "./settings";
import { tellStartFailure } from "./start-failure";

export interface ServerClientOptions {
  readonly server: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  /** Where the extension may keep files of its own. */
  readonly storage: vscode.Uri;
}

export const recipeLanguage = "deep-fusion-recipe";

export class ServerClient {
  private client: LanguageClient;
  private starting: Promise<void>;
  private readonly changed = new vscode.EventEmitter<"running" | "stopped">();
  /** The client knows one handler of a method; here there may be several. */
  private readonly heard = new Map<string, vscode.EventEmitter<unknown>>();
  readonly onDidChangeState = this.changed.event;

  private readonly nodeChanged = vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration("deepFusion.node.path")) {
      this.restart().catch((error: unknown) => void tellStartFailure(error, this.options.log));
    }
  });

  constructor(private readonly options: ServerClientOptions) {
    this.client = this.create();
    this.starting = this.start();
    this.starting.catch((error: unknown) => {
      options.log.error(`Cannot start the language server: ${String(error)}`);
      void tellStartFailure(error, options.log);
    });
  }

  /** @throws what the server says it cannot do; a CancellationError when the token is cancelled */
  async request<Params, Result, Fault>(
    type: RequestType<Params, Result, Fault>,
    params: Params,
    token?: vscode.CancellationToken,
  ): Promise<Result> {
    await this.starting;
    // By its method: the typed overload cannot see through type parameters.
    const { method } = type;
    if (token === undefined) return this.client.sendRequest<Result>(method, params);
    try {
      return await this.client.sendRequest<Result>(method, params, token);
    } catch (error) {
      // Whatever the server says of what was taken back.
      throw token.isCancellationRequested ? new vscode.CancellationError() : error;
    }
  }

  /** Holds over restarts. */
  onNotification<Params>(
    { method }: NotificationType<Params>,
    handler: (params: Params) => void,
  ): void {
    let heard = this.heard.get(method);
    if (heard === undefined) {
      heard = new vscode.EventEmitter();
      this.heard.set(method, heard);
      this.pass(this.client, method, heard);
    }
    // A method's parameters are those of its type.
    heard.event((params) => {
      handler(params as Params);
    });
  }

  async restart(): Promise<void> {
    await this.client.dispose().catch(() => undefined);
    this.client = this.create();
    for (const [method, heard] of this.heard) this.pass(this.client, method, heard);
    this.starting = this.start();
    await this.starting;
  }

  async dispose(): Promise<void> {
    this.changed.dispose();
    this.nodeChanged.dispose();
    for (const heard of this.heard.values()) heard.dispose();
    await this.client.dispose();
  }

  /** @throws {RangeError} the Node of the setting cannot run it */
  private async start(): Promise<void> {
    const node = setting("node.path");
    const fault = node === "" ? undefined : await nodeFault(node, vscode.l10n.t);
    if (fault !== undefined) {
      this.changed.fire("stopped");
      throw new RangeError(
        vscode.l10n.t("{0}. Set deepFusion.node.path, or leave it empty for VS Code's own", fault),
      );
    }
    await this.client.start();
  }

  private pass(client: LanguageClient, method: string, heard: vscode.EventEmitter<unknown>): void {
    client.onNotification(method, (params: unknown) => {
      heard.fire(params);
    });
  }

  private create(): LanguageClient {
    const { log, storage } = this.options;
    const clientOptions: LanguageClientOptions = {
      documentSelector: [{ language: recipeLanguage }],
      outputChannel: log,
      initializationOptions: { storage: storage.fsPath },
    };
    const client = new LanguageClient(
      "deepFusion",
      "Deep Fusion",
      serverOptions(this.options.server),
      clientOptions,
    );
    client.onDidChangeState(({ newState }) => {
      if (newState !== State.Starting) {
        this.changed.fire(newState === State.Running ? "running" : "stopped");
      }
    });
    return client;
  }
}

function serverOptions(server: vscode.Uri): ServerOptions {
  const node = setting("node.path");
  return {
    module: server.fsPath,
    transport: TransportKind.ipc,
    ...(node !== "" && { runtime: node }),
  };
}
