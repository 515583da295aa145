import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { childLineage, noCost } from "../../server/checkpoint/lineage";
import { writeCheckpoint, type CheckpointContents } from "../../server/checkpoint/write-checkpoint";
import { summarise } from "../../server/checkpoint/summary";
import { inspect } from "../../server/commands/inspect";
import { tiny } from "../checkpoint/support/configurations";
import { temporaryFolders } from "../checkpoint/support/folder";
import { fused, parent, trained } from "../checkpoint/support/lineages";
import { sequenceSource } from "../checkpoint/support/sources";

const newFolder = temporaryFolders();

async function written(changes: Partial<CheckpointContents> = {}): Promise<string> {
  const directory = join(newFolder(), "m");
  const configuration = { ...tiny, fusion_parts: [2, 4] };
  const common = parent("common", trained(7));
  const lineage = childLineage({
    createdBy: "deep-fusion test",
    operation: fused,
    ownCost: noCost,
    parents: [parent("a", trained(2, common)), parent("b", trained(3, common))],
  });
  const weights = sequenceSource(configuration);
  await writeCheckpoint(directory, {
    configuration,
    weights,
    lineage,
    tokenizerFiles: "bytes",
    ...changes,
  });
  return directory;
}

async function shown(directory: string, json: boolean): Promise<string> {
  let text = "";
  inspect(await summarise(directory), { json, write: (piece) => (text += piece) });
  return text;
}

describe("inspect()", () => {
  test("shows model, parameters, configuration, lineage and tensors", async () => {
    const directory = await written();
    const lines = (await shown(directory, false)).split("\n");
    expect(lines[0]).toBe(directory);
    expect(lines[1]).toBe(
      "T5, 2 encoder and 1 decoder layers, untied and unscaled head, " +
        "2 parts normalised on their own (2 + 4)",
    );
    expect(lines[2]).toMatch(/^2,148 parameters, [\d.]+ kB on disk$/);
    expect(lines).toContain("tokenizer: tokenizer_config.json");
    expect(lines).toContain('  dense_act_fn                     "gelu_new"');
    expect(lines.join("\n")).toMatch(/^ {2}shared\.weight +F32 {2}\[19, 6\] +456 B$/m);
  });

  test("tells the lineage as a tree, with the receipt, and a common ancestor once", async () => {
    const text = await shown(await written(), false);
    expect(text.slice(text.indexOf("Lineage"), text.indexOf("\n\nTensors"))).toBe(
      [
        "Lineage",
        "  fused: method property, fill 0.01, seed 3, optimizer state grown",
        "  receipt: drift 2.0e-7 from the parents' mean, at most 1.0e-5 allowed; loss 3.2500, " +
          "parents 3.5000, 3.7500; after the fill drift 2.0e-3, loss 3.2600 " +
          "(random tokens: 4 examples, 128 tokens)",
        "  cost 0 steps, 0 tokens, 0 FLOP, 0.0 s; with all ancestors 12 steps, 120 tokens, 1.2 kFLOP, 6 s",
        "  └ a  sha of a  trained for 2 steps",
        "    cost 2 steps, 20 tokens, 200 FLOP, 1 s",
        "    └ common  sha of commo  trained for 7 steps",
        "      cost 7 steps, 70 tokens, 700 FLOP, 4 s",
        "  └ b  sha of b  trained for 3 steps",
        "    cost 3 steps, 30 tokens, 300 FLOP, 2 s",
        "    └ common  sha of commo  (as above)",
      ].join("\n"),
    );
  });

  test("writes one JSON document for machines", async () => {
    const directory = await written();
    const document: unknown = JSON.parse(await shown(directory, true));
    expect(document).toMatchObject({
      directory,
      parameters: 2148,
      configuration: { d_model: 6, fusion_parts: [2, 4] },
      tokenizer_files: ["tokenizer_config.json"],
      has_optimizer: false,
      lineage: { operation: { method: "property" }, cost: { steps: 12 } },
    });
    expect(document).toHaveProperty("tensors.0", {
      name: "shared.weight",
      dtype: "F32",
      shape: [19, 6],
      size_bytes: 456,
    });
  });

  test("refuses what is no checkpoint", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "config.json"), "{}");
    await expect(shown(folder, false)).rejects.toThrow(/has no model\.safetensors/);
  });
});
