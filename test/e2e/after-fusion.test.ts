import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { runQuickstart } from "./support/sample-run";
import { openVsCode, type VsCode } from "./support/vscode";
import {
  answer,
  dialog,
  notification,
  openDeepFusion,
  quickPick,
  row,
  runCommand,
} from "./support/workbench";

let vscode: VsCode | undefined;
afterEach(() => vscode?.close());

describe("after a fusion", () => {
  test("with a seed of the user's, the child is trained on in a recipe that is there", async () => {
    vscode = await openVsCode({ workspace: {}, prepare: runQuickstart });
    const { page, workspace } = vscode;
    await openDeepFusion(page);
    await row(page, /^quickstart/).waitFor({ timeout: 60_000 });
    await runCommand(page, "Deep Fusion: Fuse Checkpoints…");
    await quickPick(page, "a, step 30").click();
    await quickPick(page, "b, step 30").click();
    await page.keyboard.press("Enter");
    await answer(page, "which method?", "property");
    await answer(page, "Fill of the zero blocks", "0.01");
    await answer(page, "Name of the child", "seeded");
    await dialog(page, "Fuse into seeded?", "Other Seed…");
    await answer(page, "Seed of the fill", "7");
    expect(await dialog(page, "Fuse into seeded?", "Fuse")).toContain("seed 7");
    const receipt = notification(page, /seeded: exact/);
    await receipt.waitFor({ timeout: 90_000 });
    const lineage = join(workspace!, "runs", "fused", "seeded", "deep_fusion.json");
    expect(readFileSync(lineage, "utf8")).toMatch(/"seed": ?7\b/);
    await receipt.locator(".monaco-button", { hasText: "Train On" }).click();
    await quickPick(page, "quickstart.fusion.yaml").first().click();
    await page.locator(".view-line", { hasText: "seeded_on:" }).waitFor({ timeout: 30_000 });
    await page.keyboard.press("Control+S");
    const recipe = join(workspace!, "quickstart.fusion.yaml");
    const added =
      '  seeded: { import: "runs/fused/seeded" }\n  seeded_on: { train: seeded, steps: 1000 }\n';
    await expect.poll(() => readFileSync(recipe, "utf8"), { timeout: 15_000 }).toContain(added);
  });
});
