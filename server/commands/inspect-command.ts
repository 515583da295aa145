/** `deep-fusion inspect CHECKPOINT`, as the command line asks for it. */
import { summarise, summariseWith } from "../checkpoint/summary";
import { openHubTensors } from "../hugging-face/hub-checkpoint";
import { inspect } from "./inspect";
import { findCheckpoint, type NamedSource } from "./named-checkpoints";
import type { ExitCode, Services } from "./services";

export async function inspectCommand(
  checkpoint: string,
  flags: { readonly json?: boolean },
  services: Services,
): Promise<ExitCode> {
  const summary = await summaryOf(await findCheckpoint(checkpoint, services));
  inspect(summary, {
    json: flags.json === true,
    write: (text) => {
      services.output.result(text.trimEnd());
    },
  });
  return 0;
}

/** Of what is on the Hub no weight is fetched. */
function summaryOf(source: NamedSource) {
  if (source.kind === "folder") return summarise(source.directory);
  const { checkpoint } = source;
  return summariseWith(checkpoint.folder, {
    directory: checkpoint.name,
    names: new Set(checkpoint.files.map(({ path }) => path)),
    openTensors: () => openHubTensors(checkpoint),
    sizeBytes: checkpoint.files.reduce((sum, file) => sum + file.sizeBytes, 0),
  });
}
