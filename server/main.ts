/** Entry point of the language server: wiring only. */
import {
  createConnection,
  ProposedFeatures,
  TextDocumentSyncKind,
} from "vscode-languageserver/node";
import { registerRuns } from "./runs/register";
import { registerServices } from "./services/register";

const connection = createConnection(ProposedFeatures.all);
connection.onInitialize(() => ({
  capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental },
}));
registerServices(connection, { job: new URL("./job.js", import.meta.url) });
registerRuns(connection, new URL("./cli.js", import.meta.url));
connection.listen();
