/** From checkpoints of elsewhere and a recipe that has an error to what comes after a fusion, in one window. */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { writeParents } from "../fusion/support/parent-folders";
import { answer, type HubServer, startHub } from "../hugging-face/support/hub-server";
import { filesOf } from "../hugging-face/support/hubs";
import { longRecipe } from "./support/long-run";
import { pageOf } from "./support/pages";
import { copyQuickstart } from "./support/sample-run";
import { until } from "./support/until";
import { useVsCode } from "./support/vscode";
import {
  chooseInMenu,
  dialog,
  drag,
  expand,
  insist,
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

const wrong = longRecipe.replace("preset:", "presett:");

let hub: HubServer;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "importing-"));
  await writeParents(directory);
  hub = await startHub();
  hub.host({ name: "tiny/a", files: filesOf(join(directory, "a")) });
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_CACHE", join(directory, "cache"));
  vi.stubEnv("HF_TOKEN", "");
});
const vscode = useVsCode({ workspace: { "wrong.fusion.yaml": wrong }, prepare: copyQuickstart });
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(directory, { recursive: true });
});

beforeAll(async () => {
  await openDeepFusion(vscode().page);
  await expand(vscode().page, /^quickstart/);
});

describe("what comes before", () => {
  test("a checkpoint of the Hub says why it cannot be had, and stands under its repository's name once it is there", async () => {
    const { page } = vscode();
    hub.fail(/^\/api\/models\/tiny\/a/, answer(401, { "x-error-code": "GatedRepo" }));
    await importIt("tiny/a");
    await notification(page, /it is gated; accept its terms/).waitFor();
    await importIt("tiny/a");
    await row(page, /^tiny\/a at [0-9a-f]{7}/).waitFor();
    expect(existsSync(join(directory, "cache", "models--tiny--a", "refs", "main"))).toBe(true);
  });

  test("a recipe with an error is marked where it is, is not run, and is mended by its own fix", async () => {
    const { page, workspace } = vscode();
    await openFile(page, "wrong.fusion.yaml");
    const squiggle = page.locator(".monaco-editor .squiggly-error").first();
    await squiggle.waitFor();
    await runCommand(page, "Deep Fusion: Start Run");
    await notification(page, /presett/).waitFor();
    await runCommand(page, "Notifications: Clear All Notifications");
    const fix = page.locator(".action-widget").getByText('Change to "preset"');
    await insist(
      async () => {
        await runCommand(page, "Go to Next Problem in Files (Error, Warning, Info)");
        await page.keyboard.press("Escape");
        await page.keyboard.press("Control+.");
      },
      (options) => fix.waitFor(options),
    );
    await page.keyboard.press("Enter");
    await squiggle.waitFor({ state: "hidden" });
    await page.keyboard.press("Control+S");
    const file = join(workspace, "wrong.fusion.yaml");
    await until("it is saved", () => readFileSync(file, "utf8") === longRecipe);
    await runCommand(page, "Deep Fusion: Check Recipe");
    await notification(page, /no problems found/).waitFor();
    expect(await page.locator(".squiggly-error").count()).toBe(0);
  });
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

async function importIt(text: string): Promise<void> {
  const { page } = vscode();
  await runCommand(page, "Deep Fusion: Import a Checkpoint…");
  await pick(page, "from where?", "From the Hugging Face Hub…");
  await type(page, "which model?", text);
}
