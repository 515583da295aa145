import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pageOf } from "./support/pages";
import { copyQuickstart } from "./support/sample-run";
import { useVsCode } from "./support/vscode";
import {
  chooseInMenu,
  dialog,
  expand,
  notification,
  openDeepFusion,
  openFile,
  pick,
  pickMany,
  row,
  runCommand,
  type,
  webview,
} from "./support/workbench";

const vscode = useVsCode({ workspace: {}, prepare: copyQuickstart });

test("a child, fused with a seed of the user's, is trained on in the recipe that is there", async () => {
  const { page, workspace } = vscode();
  await openDeepFusion(page);
  await row(page, /^quickstart/).waitFor();
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
  await openDeepFusion(page);
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
  await openDeepFusion(page);
  await expand(page, /^quickstart/);
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
