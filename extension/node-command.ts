/** The Node that trains: the setting's, or the one that comes with VS Code. */
import { setting } from "./settings";

export function nodeCommand(): { readonly node: string; readonly environment: NodeJS.ProcessEnv } {
  const chosen = setting("node.path");
  return {
    node: chosen === "" ? process.execPath : chosen,
    environment: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
  };
}
