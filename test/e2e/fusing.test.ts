import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { pageOf } from "./support/pages";
import { copyQuickstart } from "./support/sample-run";
import { useVsCode } from "./support/vscode";
import {
  chooseInMenu,
  dialog,
  drag,
  expand,
  notification,
  openDeepFusion,
  openFile,
  pick,
  pickMany,
  question,
  row,
  runCommand,
  type,
  webview,
} from "./support/workbench";

const vscode = useVsCode({ workspace: {}, prepare: copyQuickstart });
beforeAll(async () => {
  await openDeepFusion(vscode().page);
  await expand(vscode().page, /^quickstart/);
});

describe("fusing checkpoints", () => {
  test("by keyboard: sizes, method, disk and memory before, the receipt after", async () => {
    const { page, workspace } = vscode();
    await runCommand(page, "Deep Fusion: Fuse Checkpoints…");
    await pickMany(page, "which checkpoints?", ["a, step 30", "b, step 30"]);
    await pick(page, "which method?", "property");
    await type(page, "Fill of the zero blocks", "0.01");
    await type(page, "Name of the child", "by-keyboard");
    const said = await dialog(page, "Fuse into by-keyboard?", "Fuse");
    expect(said).toMatch(/Parent .*parameters/);
    expect(said).toMatch(/Exact: the child computes the mean/);
    expect(said).toMatch(/Disk: .* of .* free/);
    expect(said).toMatch(/Memory: about/);
    await notification(page, /by-keyboard: exact/).waitFor();
    const child = join(workspace, "runs", "fused", "by-keyboard");
    expect(existsSync(join(child, "model.safetensors"))).toBe(true);
    await row(page, /^by-keyboard= .*property, exact/).waitFor();
  });

  test("from the context menu, a checkpoint with copies of itself", async () => {
    const { page, workspace } = vscode();
    await expand(page, /^adone/);
    await chooseInMenu(row(page, /^step 30/).first(), "Self-Fuse");
    await type(page, "How many copies?", "2");
    await pick(page, "which method?", "rule");
    await type(page, "Fill of the zero blocks", "0");
    await type(page, "Name of the child", "twice");
    await dialog(page, "Fuse into twice?", "Fuse");
    await row(page, /^twice= a \+ a, rule, exact/).waitFor();
    expect(existsSync(join(workspace, "runs", "fused", "twice", "config.json"))).toBe(true);
  });

  test("by dragging a checkpoint onto another", async () => {
    const { page } = vscode();
    await expand(page, /^adone/);
    const method = question(page, "which method?");
    await drag(row(page, /^twice/), row(page, /^step 30/).first(), method);
    await pick(page, "which method?", "calibrated");
    await type(page, "Fill of the zero blocks", "0");
    await type(page, "Name of the child", "dragged");
    const said = await dialog(page, "Fuse into dragged?", "Cancel");
    expect(said).toMatch(/Drifts a little/);
  });

  test("deletes a checkpoint after asking", async () => {
    const { page, workspace } = vscode();
    await chooseInMenu(row(page, /^twice/), "Delete Checkpoint");
    await dialog(page, "Delete the checkpoint twice?", "Move to Trash");
    // The VS Code server has no trash.
    await dialog(page, "no trash", "Delete Permanently");
    await row(page, /^twice/).waitFor({ state: "detached" });
    expect(existsSync(join(workspace, "runs", "fused", "twice"))).toBe(false);
  });
});

describe("what comes after", () => {
  test("a child, fused with a seed of the user's, is trained on in the recipe that is there", async () => {
    const { page, workspace } = vscode();
    await runCommand(page, "Deep Fusion: Fuse Checkpoints…");
    await pickMany(page, "which checkpoints?", ["a, step 30", "b, step 30"]);
    await pick(page, "which method?", "property");
    await type(page, "Fill of the zero blocks", "0.01");
    await type(page, "Name of the child", "seeded");
    await dialog(page, "Fuse into seeded?", "Other Seed…");
    await type(page, "Seed of the fill", "7");
    expect(await dialog(page, "Fuse into seeded?", "Fuse")).toContain("seed 7");
    const receipt = notification(page, /seeded: exact/);
    await receipt.waitFor();
    const lineage = join(workspace, "runs", "fused", "seeded", "deep_fusion.json");
    expect(readFileSync(lineage, "utf8")).toMatch(/"seed": ?7\b/);
    await receipt.locator(".monaco-button", { hasText: "Train On" }).click();
    await pick(page, "in which recipe?", "quickstart.fusion.yaml");
    await page.locator(".view-line", { hasText: "seeded_on:" }).waitFor();
    await page.keyboard.press("Control+S");
    const recipe = join(workspace, "quickstart.fusion.yaml");
    const added =
      '  seeded: { import: "runs/fused/seeded" }\n  seeded_on: { train: seeded, steps: 1000 }\n';
    await expect.poll(() => readFileSync(recipe, "utf8")).toContain(added);
  });

  test("a child is compared with both its parents, kernel by block, from its receipt", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Fuse Checkpoints…");
    await pickMany(page, "which checkpoints?", ["a, step 30", "b, step 30"]);
    await pick(page, "which method?", "property");
    await type(page, "Fill of the zero blocks", "0.01");
    await type(page, "Name of the child", "compared");
    await dialog(page, "Fuse into compared?", "Fuse");
    const receipt = notification(page, /compared: exact/);
    await receipt.waitFor();
    await receipt.locator(".monaco-button", { hasText: "Compare" }).click();
    const answer = webview(page).locator("body");
    await answer.getByRole("heading", { name: "1 and part 1 of 3, from a" }).waitFor();
    const said = await answer.innerText();
    expect(said).toMatch(/2 and part 2 of 3, from b/);
    expect(said).toMatch(/held-out loss/);
    expect(said).not.toMatch(/Not comparable/);
  });

  test("two checkpoints are tried side by side, and their answers outlive the page and the window", async () => {
    const { page } = vscode();
    await expand(page, /^child/);
    await chooseInMenu(row(page, /^step 20/).first(), "Try It");
    const before = await pageOf(page, "trying");
    await before.getByRole("button", { name: "Add another checkpoint…" }).click();
    await pick(page, "Try beside: which checkpoint?", "a, step 30");
    await before.getByRole("listitem").filter({ hasText: "a, step 30" }).waitFor();
    await before.getByLabel("longest answer").fill("5");
    await before.getByLabel("Prompt").fill("Call me <extra_id_0>.");
    await before.getByLabel("Prompt").press("Control+Enter");
    await before.getByRole("article").waitFor();
    const answers = await before.locator(".answer").allInnerTexts();
    expect(answers).toEqual([expect.stringMatching(/^Call me/), expect.stringMatching(/^Call me/)]);
    await openFile(page, "quickstart.fusion.yaml");
    await page.locator(".tab", { hasText: "Try Checkpoints" }).click();
    const found = await pageOf(page, "trying");
    await found.getByRole("article").waitFor();
    expect(await found.locator(".answer").allInnerTexts()).toEqual(answers);
    const reloaded = page.waitForEvent("load");
    await runCommand(page, "Developer: Reload Window");
    await reloaded;
    const after = await pageOf(page, "trying");
    await after.getByRole("article").waitFor();
    expect(await after.locator(".answer").allInnerTexts()).toEqual(answers);
    await after.getByRole("button", { name: "Try", exact: true }).click();
    await after.getByRole("heading", { name: "Earlier answers" }).waitFor();
    expect(await after.locator(".answer").allInnerTexts()).toEqual([...answers, ...answers]);
  });
});
