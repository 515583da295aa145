/** What the page for trying calls checkpoints; no VS Code in here, so that tests read it as it is. */
import { basename, dirname } from "node:path";
import type { Catalogue } from "../server/protocol/catalogue";
import type { TriedCheckpoint } from "../server/protocol/trying";
import { count } from "./format";
import type { Translate } from "./translate";
import { plain } from "./views/nodes";

/** A run's by its stage and step, in its run; another by its folder, in the one above; one of the Hub by its name there. */
export function triedCheckpoint(
  directory: string,
  { checkpoints }: Pick<Catalogue, "checkpoints">,
  t: Translate,
): TriedCheckpoint {
  const above = dirname(directory);
  const [, step] = /^step-(\d+)$/.exec(basename(directory)) ?? [];
  if (step === undefined) {
    const folder = basename(directory);
    const { name } = checkpoints.find((known) => known.directory === directory) ?? { name: folder };
    return { directory, name: plain(name), place: name === folder ? plain(basename(above)) : "" };
  }
  const name = t("{0}, step {1}", plain(basename(above)), count(Number(step)));
  return { directory, name, place: plain(basename(dirname(above))) };
}
