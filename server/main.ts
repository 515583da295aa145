/** Entry point of the language server: wiring only. */
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { loadTokenizer } from "./data/load-tokenizer";
import { dropCancelled } from "./language/cancellation";
import { languageCapabilities } from "./language/capabilities";
import { ClientSettings } from "./language/client-settings";
import { hubOf } from "./hugging-face/hub";
import { registerLanguage } from "./language/connection";
import { registerRuns } from "./runs/register";
import { registerServices } from "./services/register";

const connection = createConnection(ProposedFeatures.all, { connectionStrategy: dropCancelled });
const settings = new ClientSettings(({ roots, onClose, node }) => {
  void runs.configure({ roots, onClose, node });
});

connection.onInitialize((params) => {
  settings.initialize(params);
  const { storage, current } = settings;
  runs.open({ ...current, ...(storage !== undefined && { storage }) });
  return { capabilities: languageCapabilities };
});
connection.onInitialized(() => {
  void settings.follow(connection);
});

const language = registerLanguage(connection, {
  storage: () => settings.storage,
  runRoots: (file) => settings.runRoots(file),
  readTokenizer: async (tokenizer) => {
    const { sha256, vocabSize } = await loadTokenizer(tokenizer);
    return { sha256, vocabSize };
  },
  hub: () => hubOf(process.env),
});
registerServices(connection, { job: new URL("./job.js", import.meta.url) });
const runs = registerRuns(connection, {
  cli: new URL("./cli.js", import.meta.url),
  columnsWorker: new URL("./columns-worker.js", import.meta.url),
});

connection.onShutdown(async () => {
  language.dispose();
  await runs.close();
});
connection.listen();
