/**
 * Checkpoints as a command names them: a folder, or one on the Hugging Face Hub, which is fetched into its cache. What
 * talks to the Hub is loaded where a name leads there.
 */
import { resolve } from "node:path";
import { formatReference, isHubReference } from "../hugging-face/reference";
import type { Hub } from "../hugging-face/hub";
import type { HubCheckpoint } from "../hugging-face/hub-checkpoint";
import type { ParentFolder } from "../recipe/fusion-parents";
import type { FuseOutput } from "./fuse-output";
import { transferView } from "./transfer-view";

export interface CheckpointServices {
  readonly output: Pick<FuseOutput, "message" | "terminal">;
  /** What relative paths start from. */
  readonly directory: string;
  /** @throws {HubError} its variables make no sense */
  readonly hub: () => Hub;
  readonly stopping: AbortSignal;
}

/** What a name stands for, before a weight of it is fetched. */
export type NamedSource =
  | { readonly kind: "folder"; readonly name: string; readonly directory: string }
  | { readonly kind: "hub"; readonly name: string; readonly checkpoint: HubCheckpoint };

/** @throws {SyntaxError} a reference that is none; @throws {HubError} it leads nowhere */
export async function findCheckpoint(
  name: string,
  { directory, hub, stopping, output }: CheckpointServices,
): Promise<NamedSource> {
  if (!isHubReference(name)) return { kind: "folder", name, directory: resolve(directory, name) };
  const { openHubCheckpoint } = await import("../hugging-face/hub-checkpoint");
  const checkpoint = await openHubCheckpoint(name, { hub: hub(), signal: stopping });
  const { cachedBecause, reference } = checkpoint.repository;
  if (cachedBecause?.kind === "unreachable") {
    const shown = formatReference(reference, checkpoint.repository.commit);
    output.message(`${cachedBecause.message.split(";", 1)[0]!}; taken from the cache: ${shown}`);
  }
  return { kind: "hub", name, checkpoint };
}

/** As a parent that can be judged; its values may not be here yet. */
export function judgedParent(source: NamedSource, signal: AbortSignal): ParentFolder {
  if (source.kind === "folder") return source;
  const { name, checkpoint } = source;
  const open = async () => {
    const { openHubHeaders } = await import("../hugging-face/hub-checkpoint");
    return openHubHeaders(checkpoint, signal);
  };
  return { name, directory: checkpoint.folder, open };
}

/** As a parent whose values can be read; one of the Hub is named by its commit from here on. */
export async function wholeParent(
  source: NamedSource,
  { output, stopping }: CheckpointServices,
): Promise<{ readonly name: string; readonly directory: string }> {
  if (source.kind === "folder") return source;
  const { checkpoint, name } = source;
  const { fetchHubCheckpoint } = await import("../hugging-face/hub-checkpoint");
  const view = transferView(output, name);
  try {
    const directory = await fetchHubCheckpoint(checkpoint, {
      onProgress: view.show,
      signal: stopping,
    });
    return { name: checkpoint.name, directory };
  } finally {
    view.close();
  }
}

/** The folder with all of it. */
export async function checkpointFolder(
  name: string,
  services: CheckpointServices,
): Promise<string> {
  return (await wholeParent(await findCheckpoint(name, services), services)).directory;
}

/** What the user called a tokenizer, as loadTokenizer() takes it. */
export async function namedTokenizer(
  name: string | undefined,
  { directory, hub, stopping }: CheckpointServices,
): Promise<string | undefined> {
  if (name === undefined || name === "bytes") return name;
  if (!isHubReference(name)) return resolve(directory, name);
  const { fetchHubTokenizer } = await import("../hugging-face/hub-tokenizer");
  return (await fetchHubTokenizer(name, { hub: hub(), signal: stopping })).folder;
}
