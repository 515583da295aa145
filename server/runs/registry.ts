/** Which runs are shown beside those of the workspace, and which the editor started: kept over restarts. */
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { replaceText } from "../files/replace-file";

/** "added": shown only; "started": from the editor, and stopped with it where the user wants that. */
type How = "added" | "started";

export class Registry {
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string | undefined,
    private readonly entries: Map<string, How>,
  ) {}

  /** Without a file it is forgotten with the process; one that cannot be read is begun anew. */
  static async open(file: string | undefined): Promise<Registry> {
    const text = file === undefined ? "" : await readFile(file, "utf8").catch(() => "");
    return new Registry(file, new Map(parse(text)));
  }

  get folders(): readonly string[] {
    return [...this.entries.keys()];
  }

  get started(): readonly string[] {
    return this.folders.filter((folder) => this.entries.get(folder) === "started");
  }

  /** @throws {Error} it cannot be written */
  async set(folder: string, how: How): Promise<void> {
    if (this.entries.get(folder) === how) return;
    this.entries.set(folder, how);
    await this.write();
  }

  /** @throws {Error} it cannot be written */
  async delete(folder: string): Promise<void> {
    if (this.entries.delete(folder)) await this.write();
  }

  private write(): Promise<void> {
    const { file } = this;
    if (file === undefined) return Promise.resolve();
    const write = async (): Promise<void> => {
      const runs = [...this.entries].map(([folder, how]) => ({ folder, how }));
      await mkdir(dirname(file), { recursive: true });
      await replaceText(file, `${JSON.stringify({ version: 1, runs }, null, 2)}\n`);
    };
    this.writing = this.writing.then(write, write);
    return this.writing;
  }
}

function parse(text: string): [string, How][] {
  try {
    const { runs } = JSON.parse(text) as { runs: { folder: unknown; how: unknown }[] };
    return runs.flatMap(({ folder, how }) =>
      typeof folder === "string" && (how === "added" || how === "started") ? [[folder, how]] : [],
    );
  } catch {
    return [];
  }
}
