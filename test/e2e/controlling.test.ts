import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diskKinds, type SmallDisk, smallDisk } from "../support/small-disk";
import { LongRun, longRecipe } from "./support/long-run";
import { pageOf } from "./support/pages";
import { processesOf } from "./support/processes";
import { until } from "./support/until";
import { useVsCode } from "./support/vscode";
import { notification, openDeepFusion, openFile, row, runCommand } from "./support/workbench";

const recipe = "long.fusion.yaml";

const [kind] = diskKinds().slice(-1);

describe("a run under way", () => {
  let disk: SmallDisk | undefined;
  let run: LongRun;
  afterAll(() => disk?.close());
  const vscode = useVsCode({
    ...(kind === undefined
      ? { workspace: { [recipe]: longRecipe } }
      : {
          workspaceAt: async () => {
            disk = await smallDisk(kind);
            writeFileSync(join(disk.folder, recipe), longRecipe);
            return disk.folder;
          },
        }),
  });

  beforeAll(async () => {
    const { page, workspace } = vscode();
    run = new LongRun(join(workspace, "runs", "long"));
    await openDeepFusion(page);
    await openFile(page, recipe);
    await runCommand(page, "Deep Fusion: Start Run");
    await run.reaches(60);
  });

  /** The tree's row of the run, in this state. */
  const listed = (state: string) => row(vscode().page, /^long/).filter({ hasText: state });
  /** The panel's word for it. */
  const panelSays = async (state: string) => {
    const panel = await pageOf(vscode().page, "panel");
    await panel.locator(".state").getByText(state, { exact: true }).waitFor();
    return panel;
  };
  const press = async (name: string) => {
    const panel = await pageOf(vscode().page, "panel");
    await panel.getByRole("button", { name, exact: true }).click();
  };
  /** Every step stands in the log once, in order. */
  const nothingLost = () => {
    const steps = run.steps();
    expect(steps.find((step, index) => step !== index + 1)).toBeUndefined();
  };

  test("is paused, resumed and stopped in the panel, and goes on where it was", async () => {
    const panel = await panelSays("running");
    await panel.getByText(/^[\d,]+ of 1,000,000$/).waitFor();
    await panel.getByText("time left").waitFor();
    await press("Pause");
    await panelSays("paused");
    await listed("paused").waitFor();
    expect(await run.trainer()).toBeUndefined();
    const paused = run.step;
    await press("Resume");
    await panelSays("running");
    await run.reaches(paused + 20);
    await press("Stop");
    await panelSays("stopped");
    const stopped = run.step;
    await press("Resume");
    await run.reaches(stopped + 20);
    nothingLost();
  });

  test("is paused, resumed and stopped from the palette", async () => {
    const { page } = vscode();
    await listed("running").waitFor();
    await runCommand(page, "Deep Fusion: Pause Run");
    await listed("paused").waitFor();
    await runCommand(page, "Deep Fusion: Resume Run");
    await listed("running").waitFor();
    await runCommand(page, "Deep Fusion: Stop Run");
    await listed("stopped").waitFor();
    expect(await run.trainer()).toBeUndefined();
    await runCommand(page, "Deep Fusion: Resume Run");
    await run.reaches(run.step + 20);
    nothingLost();
  });

  test("goes on with its own copy where the recipe is changed, and the panel says so", async () => {
    const { workspace } = vscode();
    const file = join(workspace, recipe);
    writeFileSync(file, longRecipe.replace("seed: 1", "seed: 2"));
    const panel = await panelSays("running");
    await panel.getByText("this run goes on with its own copy").waitFor();
    expect(readFileSync(join(run.folder, "recipe.fusion.yaml"), "utf8")).toContain("seed: 1");
    writeFileSync(file, longRecipe);
    await panel.getByText("this run goes on with its own copy").waitFor({ state: "hidden" });
  });

  test.runIf(kind !== undefined)("waits where the disk is full, and says so", async () => {
    const { page } = vscode();
    const processes = [run.runner(), run.trainer()];
    const pids = (await Promise.all(processes)).filter((pid) => pid !== undefined);
    // A run's record may still fit, a checkpoint not: the system then says more than that the disk is full.
    await disk!.fill(pids, 16 * 1024);
    const news = notification(
      page,
      /long waits\. .*(the disk is full; free some|is reached; raise)/,
    );
    await news.waitFor();
    const panel = await panelSays("running");
    await panel.locator(".notice", { hasText: "the run goes on when there is" }).waitFor();
    const waited = run.step;
    await disk!.free(pids);
    await run.reaches(waited + 20);
    await panel.locator(".notice", { hasText: "Waits" }).waitFor({ state: "hidden" });
    nothingLost();
    await runCommand(page, "Notifications: Clear All Notifications");
  });

  test("says why its trainer died, and goes on from the last checkpoint", async () => {
    const { page } = vscode();
    await run.reaches(run.step + 60);
    process.kill((await run.trainer())!, "SIGKILL");
    const panel = await panelSays("failed");
    await panel
      .locator(".notice.error")
      .getByText(/killed|SIGKILL/)
      .waitFor();
    const news = notification(page, /long.*failed/);
    await news.waitFor();
    const failed = run.step;
    await news.locator(".monaco-button", { hasText: "Resume" }).click();
    await run.reaches(failed + 20);
    nothingLost();
  });

  test("goes on where the language server is killed, and the next one finds it", async () => {
    const { page, folder } = vscode();
    const server = processesOf(folder).find(({ command }) => command.includes("dist/server.js"));
    const trainer = await run.trainer();
    process.kill(server!.pid, "SIGKILL");
    await until("another server runs", () => processesOf(folder).some(isOtherServer));
    await run.reaches(run.step + 20);
    expect(await run.trainer()).toBe(trainer);
    await panelSays("running");
    await runCommand(page, "Deep Fusion: Pause Run");
    await listed("paused").waitFor();
    await runCommand(page, "Deep Fusion: Resume Run");
    await listed("running").waitFor();

    function isOtherServer({ pid, command }: { pid: number; command: string }): boolean {
      return command.includes("dist/server.js") && pid !== server!.pid;
    }
  });

  test("goes on while the window is closed, and is told of when it opens again", async () => {
    const { page, data } = vscode();
    const address = page.url();
    await run.reaches(run.step + 20); // it has just been resumed
    const trainer = await run.trainer();
    await page.goto("about:blank");
    await run.reaches(run.step + 60);
    // For the next time: a window reads the user's settings when it opens.
    const settings = join(data, "User", "settings.json");
    const before = JSON.parse(readFileSync(settings, "utf8")) as object;
    writeFileSync(settings, JSON.stringify({ ...before, "deepFusion.run.onClose": "stop" }));
    await page.goto(address);
    const news = notification(page, /Since the window was closed: long goes on, \d+ % done/);
    // With the explorer in front.
    await page.locator(".statusbar-item", { hasText: /long \d+ %/ }).waitFor();
    await news.locator(".monaco-button", { hasText: "Open Dashboard" }).click();
    const dashboard = await pageOf(page, "dashboard");
    await dashboard.locator(".connection").getByText("live", { exact: true }).waitFor();
    await openDeepFusion(page);
    await panelSays("running");
    expect(await run.trainer()).toBe(trainer);
  });

  test("stops with the window where the user wants that, and goes on where it was", async () => {
    const { page } = vscode();
    const address = page.url();
    await page.goto("about:blank");
    await until("it has saved and stopped", async () => (await run.runner()) === undefined);
    const stopped = run.step;
    await page.goto(address);
    const news = notification(page, /Since the window was closed: long is saved and stopped/);
    await news.locator(".monaco-button", { hasText: "Resume" }).click();
    await run.reaches(stopped + 20);
    nothingLost();
  });
});
