/** An import stage: a checkpoint from elsewhere, checked whole and copied into the run in our layout. */
import { join } from "node:path";
import { fetchHubCheckpoint, openHubCheckpoint } from "../hugging-face/hub-checkpoint";
import { Transfer } from "../hugging-face/transfer";
import { openCheckpoint } from "../checkpoint/checkpoint";
import { childLineage, noCost } from "../checkpoint/lineage";
import { writeCheckpoint } from "../checkpoint/write-checkpoint";
import type { StageRecord } from "../protocol/run";
import type { StageWork } from "./stage-work";
import type { ResolvedImport } from "./resolve";

/** The folder of a stage whose result is one checkpoint without steps. */
export const firstCheckpoint = "step-00000000";

export async function executeImport(stage: ResolvedImport, work: StageWork): Promise<StageRecord> {
  const source = await openCheckpoint(await fetched(stage, work));
  try {
    const imported = childLineage({
      createdBy: work.createdBy,
      operation: { kind: "imported", source: stage.reference ?? stage.directory },
      ownCost: noCost,
      parents: [],
    });
    const directory = join(work.directory, firstCheckpoint);
    await writeCheckpoint(
      directory,
      {
        configuration: source.configuration,
        weights: source.weights,
        carried: source.carried,
        optimizer: source.optimizer,
        trainerState: source.trainerState,
        // A checkpoint of ours brings its ancestry and its cost with it.
        lineage: source.lineage ?? imported,
        generation: source.generation,
        card: source.card,
        tokenizerFiles: source.tokenizerFiles.length === 0 ? undefined : source.tokenizerFiles,
        onProgress: (done, of) => {
          work.report({ kind: "progress", label: "copying", done, of });
        },
      },
      work.signal,
    );
    const { cost, own_cost } = source.lineage ?? imported;
    return { ...work.begun, state: "done", checkpoint: work.shown(directory), cost, own_cost };
  } finally {
    await source.close();
  }
}

const sayEveryMs = 250;

/** The folder, once all of it is there. */
async function fetched(
  { directory, reference }: ResolvedImport,
  { hub, signal, report, clock }: StageWork,
): Promise<string> {
  if (reference === undefined) return directory;
  const checkpoint = await openHubCheckpoint(reference, { hub: hub(), signal });
  const transfer = new Transfer(() => clock.now());
  let saidAt = -Infinity;
  return fetchHubCheckpoint(checkpoint, {
    signal,
    onProgress: ({ done, of }) => {
      if (clock.now() - saidAt < sayEveryMs) return;
      saidAt = clock.now();
      report({
        kind: "progress",
        label: `fetching ${transfer.describe(done, of)}`,
        done: 0,
        of: 1,
      });
    },
  });
}
