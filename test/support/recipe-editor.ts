/** The bundled language server, as an editor drives it, over IPC. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from "vscode-jsonrpc/node";

export interface Diagnostics {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly { readonly message: string; readonly severity: number }[];
}

export interface LanguageServer {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  /** Everything published so far, newest last. */
  readonly published: readonly Diagnostics[];
  /** The next diagnostics that satisfy the test; those already published count. */
  diagnosticsWhere(test: (diagnostics: Diagnostics) => boolean): Promise<Diagnostics>;
  /** As an editor does it: shutdown, exit. Answers the exit code. */
  stop(): Promise<number | null>;
}

export interface ServerPlace {
  /** The bundled server. */
  readonly server: URL;
  readonly workspace: string;
  readonly storage?: string;
}

export async function startLanguageServer(place: ServerPlace): Promise<LanguageServer> {
  const { server, workspace, storage } = place;
  const child = fork(fileURLToPath(server), ["--node-ipc"], { silent: true });
  const connection = createMessageConnection(
    new IPCMessageReader(child),
    new IPCMessageWriter(child),
  );
  const published: Diagnostics[] = [];
  const waiting = new Set<() => void>();
  connection.onNotification("textDocument/publishDiagnostics", (diagnostics: Diagnostics) => {
    published.push(diagnostics);
    for (const look of waiting) look();
  });
  for (const method of ["workspace/codeLens/refresh", "workspace/inlayHint/refresh"]) {
    connection.onRequest(method, () => null);
  }
  connection.listen();
  await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [{ uri: pathToFileURL(workspace).href, name: "workspace" }],
    initializationOptions: { storage },
  });
  await connection.sendNotification("initialized", {});
  return {
    connection,
    process: child,
    published,
    diagnosticsWhere: (test) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = published.findLast(test);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    stop: async () => {
      const exited = once(child, "exit") as Promise<[number | null]>;
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      const [code] = await exited;
      connection.dispose();
      return code;
    },
  };
}
