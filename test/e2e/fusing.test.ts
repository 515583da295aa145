import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { copyQuickstart } from "./support/sample-run";
import { useVsCode } from "./support/vscode";
import {
  chooseInMenu,
  dialog,
  drag,
  expand,
  notification,
  openDeepFusion,
  pick,
  pickMany,
  question,
  row,
  runCommand,
  type,
} from "./support/workbench";

describe("fusing checkpoints", () => {
  const vscode = useVsCode({ workspace: {}, prepare: copyQuickstart });
  beforeAll(async () => {
    await openDeepFusion(vscode().page);
    await expand(vscode().page, /^quickstart/);
  });

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
