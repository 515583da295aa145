/** Entry point of the language server: wiring only. */
import { fileURLToPath } from "node:url";
import {
  createConnection,
  ProposedFeatures,
  TextDocumentSyncKind,
} from "vscode-languageserver/node";
import { registerRuns } from "./runs/register";
import { registerServices } from "./services/register";

const connection = createConnection(ProposedFeatures.all);
connection.onInitialize(({ initializationOptions, workspaceFolders }) => {
  const { storage } = (initializationOptions ?? {}) as { readonly storage?: string };
  const files = (workspaceFolders ?? []).filter(({ uri }) => uri.startsWith("file:"));
  runs.open({
    roots: files.map(({ uri }) => fileURLToPath(uri)),
    ...(storage !== undefined && { storage }),
    onClose: "continue",
  });
  return { capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental } };
});
connection.onShutdown(() => runs.close());
registerServices(connection, { job: new URL("./job.js", import.meta.url) });
const runs = registerRuns(connection, new URL("./cli.js", import.meta.url));
connection.listen();
