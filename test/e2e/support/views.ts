/**
 * Views that take a few gestures to bring up, one after another in a window with the finished quickstart. Each waits
 * until all of it is there, so that its picture is the same every time.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { LongRun, longRecipe } from "./long-run";
import { pageOf } from "./pages";
import { until } from "./until";
import {
  dialog,
  notification,
  openDeepFusion,
  openFile,
  pick,
  pickMany,
  question,
  quickPick,
  runCommand,
  type,
  webview,
} from "./workbench";

export interface Window {
  readonly page: Page;
  readonly workspace: string;
}

/** Brings the view up; `leave` is called once its picture has been taken. */
export interface View {
  readonly show: (window: Window) => Promise<void>;
  readonly leave?: (window: Window) => Promise<void>;
}

const picking: View = {
  show: async ({ page }) => {
    await runCommand(page, "Deep Fusion: Fuse Checkpoints…");
    await question(page, "which checkpoints?").waitFor();
    await quickPick(page, "a, step 30").first().waitFor();
  },
  leave: async ({ page }) => {
    await page.keyboard.press("Escape");
    await question(page, "which checkpoints?").waitFor({ state: "hidden" });
  },
};

/** Left open: the receipt comes after it. */
const preflight: View = {
  show: async ({ page }) => {
    await runCommand(page, "Deep Fusion: Fuse Checkpoints…");
    await pickMany(page, "which checkpoints?", ["a, step 30", "b, step 30"]);
    await pick(page, "which method?", "property");
    await type(page, "Fill of the zero blocks", "0.01");
    await type(page, "Name of the child", "wide");
    await page.locator(".monaco-dialog-box", { hasText: "Fuse into wide?" }).waitFor();
  },
};

const receipt: View = {
  show: async ({ page }) => {
    await dialog(page, "Fuse into wide?", "Fuse");
    await notification(page, /wide: exact/).waitFor();
  },
  leave: ({ page }) => runCommand(page, "Notifications: Clear All Notifications"),
};

const report: View = {
  show: async ({ page }) => {
    await runCommand(page, "Deep Fusion: Open Report");
    const body = webview(page).locator("body");
    await body.getByRole("heading", { level: 1, name: "quickstart" }).waitFor();
    await body.locator("canvas").first().waitFor();
    await notification(page, "Writing the report").waitFor({ state: "hidden" });
  },
};

const walkthrough: View = {
  show: async ({ page }) => {
    await runCommand(page, "Welcome: Open Walkthrough...");
    const list = page.locator(".quick-input-widget");
    await list.locator("input.input").fill("Deep Fusion");
    await quickPick(page, "Get started with Deep Fusion").waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".getting-started-step", { hasText: "Try the sample" }).first().waitFor();
  },
};

const longRun = (workspace: string): LongRun => new LongRun(join(workspace, "runs", "long"));

/** Training, with its live dashboard beside the panel. */
const running: View = {
  show: async ({ page, workspace }) => {
    writeFileSync(join(workspace, "long.fusion.yaml"), longRecipe);
    await openFile(page, "long.fusion.yaml");
    await page.locator(".codelens-decoration", { hasText: "Run all stages" }).waitFor();
    await runCommand(page, "Deep Fusion: Start Run");
    await longRun(workspace).reaches(200);
    await openDeepFusion(page);
    const panel = await pageOf(page, "panel");
    await panel.locator(".state").getByText("running", { exact: true }).waitFor();
    await panel.locator("svg.spark, .spark").first().waitFor();
    await runCommand(page, "Deep Fusion: Open Dashboard");
    const dashboard = await pageOf(page, "dashboard");
    await dashboard.getByRole("checkbox", { name: /^long/ }).check();
    await dashboard.getByRole("checkbox", { name: /^quickstart/ }).uncheck();
    await dashboard.locator(".connection").getByText("live", { exact: true }).waitFor();
    await dashboard.locator(".chart .empty").first().waitFor({ state: "hidden" });
    await dashboard.locator(".heatmap-figure canvas").first().waitFor();
  },
  leave: async ({ page, workspace }) => {
    await runCommand(page, "Deep Fusion: Stop Run");
    const run = longRun(workspace);
    await until("the run has stopped", async () => (await run.runner()) === undefined);
  },
};

/** In the order in which one leads to the next. */
export const views: Readonly<Record<string, View>> = {
  picking,
  preflight,
  receipt,
  report,
  walkthrough,
  running,
};
