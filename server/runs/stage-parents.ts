/** Which stages of a run take their weights from which, as its frozen recipe says. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunStatus } from "../protocol/runs";
import { parseRecipe } from "../recipe/parse";
import { stageInputs } from "../recipe/recipe";
import { runFiles } from "../recipe/run-folder";

type Parents = ReadonlyMap<string, readonly string[]>;

interface Known {
  /** Of the recipe's file: a run that starts over may freeze another. */
  readonly stamp: string;
  readonly parents: Parents;
}

/** Remembers them: recipes may be long, and runs are looked at twice a second. */
export class StageParents {
  private readonly known = new Map<string, Known>();

  /** The same with the stages' parents; without them where the recipe cannot be read. */
  async addTo(status: RunStatus): Promise<RunStatus> {
    const parents = await this.of(status.folder).catch(() => undefined);
    if (parents === undefined) return status;
    const stages = status.stages.map((stage) => ({
      ...stage,
      parents: parents.get(stage.name) ?? [],
    }));
    return { ...status, stages };
  }

  private async of(folder: string): Promise<Parents> {
    const file = join(folder, runFiles.recipe);
    const { mtimeMs, size } = await stat(file);
    const stamp = `${mtimeMs} ${size}`;
    const known = this.known.get(folder);
    if (known?.stamp === stamp) return known.parents;
    const { recipe } = parseRecipe(await readFile(file, "utf8"), file);
    const stages = new Map(Object.entries(recipe?.stages ?? {}));
    const parents = new Map(
      [...stages].map(([name, stage]) => [name, stageInputs(stage, stages)] as const),
    );
    this.known.set(folder, { stamp, parents });
    return parents;
  }
}
