import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Frame, Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { fileAt } from "./support/file-dialog";
import { LongRun, longRecipe } from "./support/long-run";
import { OnlyTheEditor } from "./support/only-the-editor";
import { pageOf } from "./support/pages";
import { until } from "./support/until";
import { useVsCode } from "./support/vscode";
import { openDeepFusion, openFile, row, runCommand } from "./support/workbench";

const setup = { workspace: { "long.fusion.yaml": longRecipe, "other.fusion.yaml": longRecipe } };

describe("a run from the command line", () => {
  const vscode = useVsCode(setup);
  let run: LongRun;

  test("shows up live, straight from the hub", async () => {
    const { page, workspace } = vscode();
    const frames = framesByPort(page);
    run = startInTerminal(workspace);
    await openDeepFusion(page);
    await row(page, /^long/).filter({ hasText: "running" }).waitFor();
    const dashboard = await openDashboard(page);
    await until("frames come", () => [...frames].some(([port, n]) => isHub(page, port) && n > 3));
    await loss(dashboard).locator(".empty").waitFor({ state: "hidden" });
    const panel = await pageOf(page, "panel");
    await panel.locator(".state").getByText("running", { exact: true }).waitFor();
  });

  test("shows kernels that change while it trains", async () => {
    const dashboard = await pageOf(vscode().page, "dashboard");
    await run.reaches(100);
    const player = dashboard.locator(".player");
    const stepShown = async () =>
      Number((await player.locator(".step-label").innerText()).replace(/\D/g, ""));
    await until("the newest picture is shown", async () => (await stepShown()) >= 100);
    const newest = await pictureOf(dashboard);
    await player.getByLabel("step", { exact: true }).fill("0");
    await until("the first picture is shown", async () => (await stepShown()) < 100);
    await until("it is another", async () => (await pictureOf(dashboard)) !== newest);
    await player.getByRole("button", { name: "Play" }).click();
    await until("it plays", async () => (await stepShown()) >= 100);
  });

  test("has every point again after the window was reloaded", async () => {
    const { page, workspace } = vscode();
    await run.reaches(300);
    // VS Code's own: one of the browser's may come before it has kept which editors are open.
    const reloaded = page.waitForEvent("load");
    await runCommand(page, "Developer: Reload Window");
    await reloaded;
    const dashboard = await pageOf(page, "dashboard");
    await dashboard.locator(".connection").getByText("live", { exact: true }).waitFor();
    await run.reaches(run.step + 20);
    await until("it has caught up", async () => (await lastStep(dashboard)) >= 300);
    await dashboard.getByRole("button", { name: "Save the figures of Loss as CSV" }).click();
    const csv = join(workspace, "loss.csv");
    await fileAt(page, csv);
    const steps = readFileSync(csv, "utf8")
      .split("\r\n")
      .flatMap((line) => /^[^,]*,training,(\d+),/.exec(line)?.[1] ?? [])
      .map(Number);
    expect(steps.length).toBeGreaterThan(300);
    expect(steps.find((step, index) => step !== index + 1)).toBeUndefined();
  });

  test("stands beside another one, started here: each has its card, its curves and its buttons", async () => {
    const { page, workspace } = vscode();
    await openFile(page, "other.fusion.yaml");
    await runCommand(page, "Deep Fusion: Start Run");
    const other = new LongRun(join(workspace, "runs", "other"));
    await other.reaches(20);
    const panel = await pageOf(page, "panel");
    const card = (name: string) => panel.getByRole("region", { name: `Run ${name}` });
    for (const name of ["long", "other"]) {
      await card(name).locator(".state").getByText("running", { exact: true }).waitFor();
      await card(name).locator(".spark").waitFor();
    }
    await page.locator(".statusbar-item", { hasText: "+1" }).waitFor();
    await runCommand(page, "Deep Fusion: Open Dashboard");
    const dashboard = await pageOf(page, "dashboard");
    for (const name of ["long", "other"])
      await dashboard.locator(".runs .check", { hasText: name }).locator("input").check();
    await dashboard.locator(".graph .stage").nth(1).waitFor();
    const stagesShown = async () => new Set((await lossRows(dashboard)).map(([stage]) => stage));
    await until("both have curves", async () => {
      const stages = await stagesShown();
      return stages.has("long / a") && stages.has("other / a");
    });
    await card("other").getByRole("button", { name: "Pause" }).click();
    await card("other").locator(".state").getByText("paused", { exact: true }).waitFor();
    await run.reaches(run.step + 20);
    await card("long").locator(".state").getByText("running", { exact: true }).waitFor();
    await card("other").getByRole("button", { name: "Stop" }).click();
    await row(page, /^other.*stopped/).waitFor();
  });
});

describe("a window from far away, which reaches nothing but the VS Code server", () => {
  const network = new OnlyTheEditor();
  const vscode = useVsCode({ ...setup, proxy: network.open });
  afterAll(() => {
    network.close();
  });

  test("is served through the extension host", async () => {
    const { page, workspace } = vscode();
    const frames = framesByPort(page);
    const run = startInTerminal(workspace);
    await openDeepFusion(page);
    const dashboard = await openDashboard(page);
    await run.reaches(50);
    await until("the steps arrive", async () => (await lastStep(dashboard)) >= 50);
    expect(network.refused.length).toBeGreaterThan(0);
    expect([...frames].filter(([port, n]) => isHub(page, port) && n > 0)).toEqual([]);
    const panel = await pageOf(page, "panel");
    await panel.locator(".state").getByText("running", { exact: true }).waitFor();
  });
});

function startInTerminal(workspace: string): LongRun {
  const command = [join(process.cwd(), "dist/cli.js"), "run", "long.fusion.yaml", "--threads", "1"];
  spawn(process.execPath, command, { cwd: workspace, stdio: "ignore", detached: true }).unref();
  return new LongRun(join(workspace, "runs", "long"));
}

async function openDashboard(page: Page): Promise<Frame> {
  await runCommand(page, "Deep Fusion: Open Dashboard");
  const dashboard = await pageOf(page, "dashboard");
  await dashboard.locator(".connection").getByText("live", { exact: true }).waitFor();
  return dashboard;
}

/** Frames that pages received over sockets of their own, from now on. */
function framesByPort(page: Page): ReadonlyMap<string, number> {
  const frames = new Map<string, number>();
  page.on("websocket", (socket) => {
    const { port } = new URL(socket.url());
    socket.on("framereceived", () => frames.set(port, (frames.get(port) ?? 0) + 1));
  });
  return frames;
}

function isHub(page: Page, port: string): boolean {
  return port !== new URL(page.url()).port;
}

function loss(dashboard: Frame) {
  return dashboard.locator(".chart").first();
}

/** In the loss chart's table; 0 while it has none. */
async function lastStep(dashboard: Frame): Promise<number> {
  const [, step] = (await lossRows(dashboard)).at(-1) ?? [];
  return Number((step ?? "0").replace(/\D/g, ""));
}

/** Of the loss chart's table: stage, step, and the rest. */
async function lossRows(dashboard: Frame): Promise<string[][]> {
  const table = loss(dashboard).locator("details");
  if ((await table.getAttribute("open")) === null) await table.locator("summary").click();
  const rows = (element: Element) =>
    [...element.querySelectorAll("tbody tr")].map((each) =>
      [...each.children].map((cell) => cell.textContent.trim()),
    );
  return table.evaluate(rows);
}

function pictureOf(dashboard: Frame): Promise<string> {
  const canvas = dashboard.locator(".heatmap-figure canvas").last();
  return canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
}
