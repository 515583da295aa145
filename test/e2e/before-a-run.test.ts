/** What comes before a run: a recipe without errors, and checkpoints from elsewhere. */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { writeParents } from "../fusion/support/parent-folders";
import { answer, type HubServer, startHub } from "../hugging-face/support/hub-server";
import { filesOf } from "../hugging-face/support/hubs";
import { longRecipe } from "./support/long-run";
import { until } from "./support/until";
import { useVsCode } from "./support/vscode";
import {
  insist,
  notification,
  openDeepFusion,
  openFile,
  pick,
  row,
  runCommand,
  type,
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
const vscode = useVsCode({ workspace: { "wrong.fusion.yaml": wrong } });
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(directory, { recursive: true });
});

async function importIt(text: string): Promise<void> {
  const { page } = vscode();
  await runCommand(page, "Deep Fusion: Import a Checkpoint…");
  await pick(page, "from where?", "From the Hugging Face Hub…");
  await type(page, "which model?", text);
}

test("a checkpoint of the Hub says why it cannot be had, and stands under its repository's name once it is there", async () => {
  const { page } = vscode();
  await openDeepFusion(page);
  hub.fail(/^\/api\/models\/tiny\/a/, answer(401, { "x-error-code": "GatedRepo" }));
  await importIt("tiny/a");
  await notification(page, /it is gated; accept its terms/).waitFor();
  await importIt("tiny/a");
  await row(page, /^tiny\/a at [0-9a-f]{7}/).waitFor();
  expect(existsSync(join(directory, "cache", "models--tiny--a", "refs", "main"))).toBe(true);
});

test("a recipe with an error is marked where it is, is not run, and is mended by its own fix", async () => {
  const { page, workspace } = vscode();
  await openDeepFusion(page);
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
