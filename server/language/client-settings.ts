/** What the client says of itself and its user: its storage, the workspace's folders, and the settings of runs. */
import { dirname, join, sep } from "node:path";
import { DidChangeConfigurationNotification } from "vscode-languageserver";
import type { Connection, InitializeParams } from "vscode-languageserver";
import { fileOf } from "./uri";

export interface Settings {
  /** The workspace's folders on the disk. */
  readonly roots: readonly string[];
  /** Where runs go, in each of them. */
  readonly runsFolder: string;
  /** What becomes of runs when the window closes. */
  readonly onClose: "continue" | "stop";
  /** The Node that trains; "" for the server's own. */
  readonly node: string;
}

export class ClientSettings {
  /** Undefined where the client gives none. */
  storage: string | undefined;
  current: Settings = { roots: [], runsFolder: "runs", onClose: "continue", node: "" };
  private knowsConfiguration = false;
  private knowsFolders = false;

  constructor(private readonly onChange: (settings: Settings) => void) {}

  initialize({ initializationOptions, workspaceFolders, capabilities }: InitializeParams): void {
    const options: unknown = initializationOptions;
    if (typeof options === "object" && options !== null && "storage" in options) {
      this.storage = typeof options.storage === "string" ? options.storage : undefined;
    }
    const roots = (workspaceFolders ?? []).flatMap(({ uri }) => fileOf(uri) ?? []);
    this.current = { ...this.current, roots };
    this.knowsConfiguration = capabilities.workspace?.configuration === true;
    this.knowsFolders = capabilities.workspace?.workspaceFolders === true;
  }

  /** From now on as the user changes them. */
  async follow(connection: Connection): Promise<void> {
    if (this.knowsFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => fileOf(uri)));
        const kept = this.current.roots.filter((folder) => !gone.has(folder));
        this.change({ roots: [...kept, ...added.flatMap(({ uri }) => fileOf(uri) ?? [])] });
      });
    }
    if (!this.knowsConfiguration) return;
    connection.onDidChangeConfiguration(() => this.read(connection));
    await connection.client.register(DidChangeConfigurationNotification.type, {
      section: "deepFusion",
    });
    await this.read(connection);
  }

  /** Of the workspace folders that hold the file, and beside it, as the extension and the command line have it. */
  runRoots(file: string): readonly string[] {
    const { roots, runsFolder } = this.current;
    const around = roots.filter((folder) => file.startsWith(folder + sep));
    return [...new Set([...around, dirname(file)])].map((base) => join(base, runsFolder));
  }

  private change(changes: Partial<Settings>): void {
    this.current = { ...this.current, ...changes };
    this.onChange(this.current);
  }

  private async read(connection: Connection): Promise<void> {
    const sections = ["run.folder", "run.onClose", "node.path"];
    const [folder, onClose, node] = (await connection.workspace.getConfiguration(
      sections.map((section) => ({ section: `deepFusion.${section}` })),
    )) as unknown[];
    this.change({
      runsFolder: typeof folder === "string" && folder !== "" ? folder : "runs",
      onClose: onClose === "stop" ? "stop" : "continue",
      node: typeof node === "string" ? node : "",
    });
  }
}
