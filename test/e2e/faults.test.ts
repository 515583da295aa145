import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { longRecipe } from "./support/long-run";
import { pageOf } from "./support/pages";
import { copyQuickstart } from "./support/sample-run";
import { useVsCode, writeMachineSettings } from "./support/vscode";
import {
  expand,
  notification,
  openDeepFusion,
  openFile,
  pick,
  row,
  runCommand,
} from "./support/workbench";

describe("a workspace that is not trusted", () => {
  const vscode = useVsCode({
    workspace: { "long.fusion.yaml": longRecipe },
    trust: "asked",
    settings: { "security.workspace.trust.startupPrompt": "never" },
  });

  test("is looked at and not trained in, until it is trusted", async () => {
    const { page } = vscode();
    await openDeepFusion(page);
    const panel = await pageOf(page, "panel");
    await panel.getByText("Trust this workspace to train here.").waitFor();
    const start = panel.getByRole("button", { name: "Start", exact: true });
    expect(await start.isDisabled()).toBe(true);
    await openFile(page, "long.fusion.yaml");
    // Looking works: the size of the model stands beside it.
    await page.locator(".view-lines").getByText("11.5k parameters").waitFor();
    await runCommand(page, "Workspaces: Manage Workspace Trust");
    await page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).click();
    const trusting = await pageOf(page, "panel");
    await trusting.locator("button:enabled", { hasText: /^Start$/ }).waitFor();
  });
});

describe("a setting that names a Node which is not there", () => {
  const vscode = useVsCode({
    workspace: { "long.fusion.yaml": longRecipe },
    machineSettings: { "deepFusion.node.path": "/nowhere/node" },
  });

  test("is named, with the way to it, and all is well once it is mended", async () => {
    const { page, data } = vscode();
    await openDeepFusion(page);
    const news = notification(page, /Cannot start Node \(\/nowhere\/node\): there is no such/);
    await news.locator(".monaco-button", { hasText: "Open Settings" }).click();
    await page.locator(".settings-editor").getByLabel("deepFusion.node.path").first().waitFor();
    writeMachineSettings(data, {});
    const panel = await pageOf(page, "panel");
    // What the server has read of the recipe.
    await panel.getByLabel("steps").waitFor();
    await page.locator('.welcome-view-content a:has-text("Try the Sample")').waitFor();
  });
});

describe("a folder that cannot be written", () => {
  const vscode = useVsCode({ workspaceAt: readOnlyFolder() });

  test("leaves the sample to the extension's own folder", async () => {
    const { page } = vscode();
    await openDeepFusion(page);
    await page.locator('.welcome-view-content a:has-text("Try the Sample")').click();
    await page.locator('.tab[data-resource-name="quickstart.fusion.yaml"]').waitFor();
    await row(page, /^quickstart/).waitFor();
  });
});

describe("a checkpoint that is shown", () => {
  const vscode = useVsCode({ workspace: {}, prepare: copyQuickstart });

  test("and deleted leaves the tree; its open page says so where it is asked for more", async () => {
    const { page, workspace } = vscode();
    await openDeepFusion(page);
    await runCommand(page, "Deep Fusion: Inspect Kernels");
    await pick(page, "Kernels of which checkpoint?", "b, step 30");
    const tensors = await pageOf(page, "tensors");
    await tensors.getByRole("row").nth(2).click();
    await tensors.locator("canvas").first().waitFor();
    await expand(page, /^quickstart/);
    await expand(page, /^bdone/);
    await row(page, /^step 20/).waitFor();
    rmSync(join(workspace, "runs", "quickstart", "b", "step-00000030"), { recursive: true });
    await row(page, /^step 30/).waitFor({ state: "hidden" });
    await row(page, /^step 20/).waitFor();
    await tensors.getByRole("row").nth(3).click();
    await tensors.getByText(/no such file|does not exist|is not there/i).waitFor();
  });
});

/** One that nobody may write, not even root, who runs the tests of a container. */
function readOnlyFolder(): string {
  if (process.getuid?.() === 0) return "/proc/tty";
  const folder = mkdtempSync(join(tmpdir(), "deep-fusion-read-only-"));
  chmodSync(folder, 0o555);
  return folder;
}
