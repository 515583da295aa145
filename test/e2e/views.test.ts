import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
  pickMany,
  row,
  runCommand,
  webview,
} from "./support/workbench";

const vscode = useVsCode({ workspace: {}, prepare: copyQuickstart });
beforeAll(async () => {
  const { page } = vscode();
  await openDeepFusion(page);
  await expand(page, /^quickstart/);
  await row(page, /^fused= a \+ b/).waitFor();
});

/** Of what is shown now, in every theme; in .cache/e2e/views. */
async function takePictures(name: string): Promise<void> {
  const { page } = vscode();
  await page.mouse.move(640, 850);
  for (const theme of Object.keys(themes) as Theme[]) {
    await changeTheme(theme);
    const path = picturePath("views", `${name}-${theme}`);
    await page.screenshot({ path });
    expect(statSync(path).size).toBeGreaterThan(10_000);
  }
}

/** By the workspace's settings, which VS Code follows, and the system's own preference. */
async function changeTheme(theme: Theme): Promise<void> {
  const { page, workspace } = vscode();
  const { name, colorScheme, look, page: ours } = themes[theme];
  await page.emulateMedia({ colorScheme });
  const settings = join(workspace, ".vscode");
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, "settings.json"), JSON.stringify({ "workbench.colorTheme": name }));
  await page.locator(`.monaco-workbench.${look}`).waitFor();
  for (const frame of page.frames()) {
    const body = frame.locator("body[data-page]");
    if (!(await body.isVisible().catch(() => false))) continue;
    await frame.locator(`body.${ours}`).waitFor();
    // Curves and heat maps have their colours by the second drawing.
    await frame.evaluate(
      "new Promise((drawn) => setTimeout(() => requestAnimationFrame(drawn), 200))",
    );
  }
}

describe("pictures of every view in every theme", () => {
  test("recipe, training panel and checkpoints", async () => {
    const { page } = vscode();
    await openFile(page, "quickstart.fusion.yaml");
    await page.locator(".view-lines").getByText("parameters").first().waitFor();
    await page.locator(".codelens-decoration").getByText("Open dashboard").first().waitFor();
    const panel = await pageOf(page, "panel");
    await panel.locator(".state").getByText("done", { exact: true }).waitFor();
    await panel.locator(".spark").waitFor();
    await takePictures("recipe");
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
    await takePictures("dashboard");
    await figure.scrollIntoViewIfNeeded();
    await takePictures("kernels");
  });

  test("tensors of a checkpoint", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Inspect Kernels");
    await pick(page, "Kernels of which checkpoint?", "child, step 20");
    const tensors = await pageOf(page, "tensors");
    await tensors.getByRole("row").nth(2).click();
    await tensors.locator("canvas").first().waitFor();
    await takePictures("tensors");
  });

  test("checkpoints that are tried", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Try It");
    await pickMany(page, "Try: which checkpoints?", ["child, step 20", "scratch, step 40"]);
    const trying = await pageOf(page, "trying");
    await trying.getByLabel("longest answer").fill("24");
    await trying.getByLabel("Prompt").fill("Call me <extra_id_0>.");
    await trying.getByRole("button", { name: "Try", exact: true }).click();
    await trying.getByRole("article").waitFor();
    await takePictures("trying");
  });

  test("lineage", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Show Lineage");
    await pick(page, "Lineage of which checkpoint?", "fused, step 0");
    await webview(page).getByRole("heading", { name: "Receipt" }).waitFor();
    await takePictures("lineage");
  });

  test.each(Object.entries(views))("%s", async (name, { show, leave }) => {
    await show(vscode());
    await takePictures(name);
    await leave?.(vscode());
  });
});
