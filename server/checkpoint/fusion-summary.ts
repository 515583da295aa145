/** What a fused checkpoint's deep_fusion.json says, in short; undefined for any other checkpoint. */
import { join } from "node:path";
import { readJson } from "./json";
import { files } from "./layout";
import { parseLineage } from "./lineage-json";
import type { FusionSummary } from "../protocol/checkpoint";

/** A lineage that cannot be read is said where the checkpoint is opened, not in a list. */
export async function fusionOf(checkpoint: string): Promise<FusionSummary | undefined> {
  const file = join(checkpoint, files.lineage);
  try {
    const { operation, parents } = parseLineage(await readJson(file), file);
    if (operation.kind !== "fused") return undefined;
    const { method, receipt } = operation;
    const names = parents.map(({ name }) => name);
    return { parents: names, method, kind: receipt.kind, drift: receipt.drift };
  } catch {
    return undefined;
  }
}
