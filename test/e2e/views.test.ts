import { statSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { pageOf } from "./support/pages";
import { copyQuickstart } from "./support/sample-run";
import { type Theme, themes } from "./support/settings";
import { until } from "./support/until";
import { views } from "./support/views";
import { picturePath, useVsCode } from "./support/vscode";
import {
  expand,
  openDeepFusion,
  openFile,
  pick,
  row,
  runCommand,
  webview,
} from "./support/workbench";

describe.each(Object.keys(themes) as Theme[])("pictures of every view in the theme %s", (theme) => {
  const vscode = useVsCode({ workspace: {}, prepare: copyQuickstart, theme });
  beforeAll(async () => {
    const { page } = vscode();
    await openDeepFusion(page);
    await expand(page, /^quickstart/);
    await row(page, /^fused= a \+ b/).waitFor();
  });

  /** In .cache/e2e/views. */
  const takePicture = async (name: string) => {
    const { page } = vscode();
    await page.mouse.move(640, 850);
    const path = picturePath("views", `${name}-${theme}`);
    await page.screenshot({ path });
    expect(statSync(path).size).toBeGreaterThan(10_000);
  };

  test("recipe, training panel and checkpoints", async () => {
    const { page } = vscode();
    await openFile(page, "quickstart.fusion.yaml");
    await page.locator(".view-lines").getByText("parameters").first().waitFor();
    await page.locator(".codelens-decoration").getByText("Open dashboard").first().waitFor();
    const panel = await pageOf(page, "panel");
    await panel.locator(".state").getByText("done", { exact: true }).waitFor();
    await panel.locator(".spark").waitFor();
    await takePicture("recipe");
  });

  test("dashboard", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Open Dashboard");
    const dashboard = await pageOf(page, "dashboard");
    await dashboard.locator(".connection").getByText("live", { exact: true }).waitFor();
    const figure = dashboard.locator(".heatmap-figure").last();
    await figure.waitFor();
    const empty = dashboard.locator(".chart .empty:visible");
    await until("every chart has its curves", async () => (await empty.count()) === 0);
    await takePicture("dashboard");
    await figure.scrollIntoViewIfNeeded();
    await takePicture("kernels");
  });

  test("tensors of a checkpoint", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Inspect Kernels");
    await pick(page, "Kernels of which checkpoint?", "child, step 20");
    const tensors = await pageOf(page, "tensors");
    await tensors.getByRole("row").nth(2).click();
    await tensors.locator("canvas").first().waitFor();
    await takePicture("tensors");
  });

  test("lineage", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Show Lineage");
    await pick(page, "Lineage of which checkpoint?", "fused, step 0");
    await webview(page).getByRole("heading", { name: "Receipt" }).waitFor();
    await takePicture("lineage");
  });

  test.each(Object.entries(views))("%s", async (name, { show, leave }) => {
    await show(vscode());
    await takePicture(name);
    await leave?.(vscode());
  });
});
