import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runQuickstart } from "./support/sample-run";
import { openVsCode, type VsCode } from "./support/vscode";
import {
  answer,
  chooseInMenu,
  dialog,
  expand,
  notification,
  openDeepFusion,
  quickPick,
  row,
  runCommand,
} from "./support/workbench";

describe("fusing checkpoints", () => {
  let vscode: VsCode;
  beforeAll(async () => {
    vscode = await openVsCode({ workspace: {}, prepare: runQuickstart });
    await openDeepFusion(vscode.page);
    await expand(vscode.page, /^quickstart/);
  });
  afterAll(() => vscode.close());

  test("by keyboard: sizes, method, disk and memory before, the receipt after", async () => {
    const { page, workspace } = vscode;
    await runCommand(page, "Deep Fusion: Fuse Checkpoints…");
    await quickPick(page, "a, step 30").click();
    await quickPick(page, "b, step 30").click();
    await page.keyboard.press("Enter");
    await answer(page, "which method?", "property");
    await answer(page, "Fill of the zero blocks", "0.01");
    await answer(page, "Name of the child", "by-keyboard");
    const said = await dialog(page, "Fuse into by-keyboard?", "Fuse");
    expect(said).toMatch(/Parent .*parameters/);
    expect(said).toMatch(/Exact: the child computes the mean/);
    expect(said).toMatch(/Disk: .* of .* free/);
    expect(said).toMatch(/Memory: about/);
    await notification(page, /by-keyboard: exact/).waitFor({ timeout: 60_000 });
    const child = join(workspace!, "runs", "fused", "by-keyboard");
    expect(existsSync(join(child, "model.safetensors"))).toBe(true);
    await row(page, /^by-keyboard= .*property, exact/).waitFor();
  });

  test("from the context menu, a checkpoint with copies of itself", async () => {
    const { page, workspace } = vscode;
    await expand(page, /^adone/);
    await chooseInMenu(row(page, /^step 30/).first(), "Self-Fuse");
    await answer(page, "How many copies?", "2");
    await answer(page, "which method?", "rule");
    await answer(page, "Fill of the zero blocks", "0");
    await answer(page, "Name of the child", "twice");
    await dialog(page, "Fuse into twice?", "Fuse");
    await row(page, /^twice= a \+ a, rule, exact/).waitFor({ timeout: 60_000 });
    expect(existsSync(join(workspace!, "runs", "fused", "twice", "config.json"))).toBe(true);
  });

  test("by dragging a checkpoint onto another", async () => {
    const { page } = vscode;
    await row(page, /^by-keyboard/).dragTo(row(page, /^step 30/).first());
    await answer(page, "which method?", "calibrated");
    await answer(page, "Fill of the zero blocks", "0");
    await answer(page, "Name of the child", "dragged");
    const said = await dialog(page, "Fuse into dragged?", "Cancel");
    expect(said).toMatch(/Drifts a little/);
  });

  test("deletes a checkpoint after asking", async () => {
    const { page, workspace } = vscode;
    await chooseInMenu(row(page, /^twice/), "Delete Checkpoint");
    await dialog(page, "Delete the checkpoint twice?", "Move to Trash");
    // The VS Code server has no trash.
    await dialog(page, "no trash", "Delete Permanently");
    await row(page, /^twice/).waitFor({ state: "detached", timeout: 20_000 });
    expect(existsSync(join(workspace!, "runs", "fused", "twice"))).toBe(false);
  });
});
