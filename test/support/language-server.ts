/** The bundled language server in a process of its own, as the extension starts it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from "vscode-jsonrpc/node";
import { distUrl } from "./dist";

export interface LanguageServer {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  /** As when the window is closed. */
  close(): Promise<void>;
}

export async function startLanguageServer(options: {
  /** The workspace's folder. */
  readonly folder: string;
  readonly storage: string;
}): Promise<LanguageServer> {
  const child = fork(fileURLToPath(distUrl("server.js")), ["--node-ipc"], { stdio: "pipe" });
  const connection = createMessageConnection(
    new IPCMessageReader(child),
    new IPCMessageWriter(child),
  );
  connection.listen();
  await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [{ uri: pathToFileURL(options.folder).href, name: "workspace" }],
    initializationOptions: { storage: options.storage },
  });
  await connection.sendNotification("initialized", {});
  return {
    child,
    connection,
    close: async () => {
      const exited = once(child, "exit");
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      await exited;
      connection.dispose();
    },
  };
}
