import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { report } from "../../server/commands/report";
import { launchBrowser, watch, type Watch } from "../support/browser";
import { distUrl } from "../support/dist";
import { sampleKernels, writeSampleRun } from "../support/sample-run";

let folder: string;
let address: string;
let browser: Browser;
let page: Page;
let seen: Watch;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-report-"));
  const { file } = await report({
    runs: [await writeSampleRun(folder, { name: "sample", steps: 200 })],
    out: join(folder, "report.html"),
    assets: distUrl("webview/"),
    createdBy: "deep-fusion test",
    now: () => new Date("2026-01-05T10:00:00Z"),
  });
  address = pathToFileURL(file).href;
  browser = await launchBrowser();
  page = await browser.newPage();
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: null, forcedColors: null });
  seen = watch(page);
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor();
});

afterEach(() => {
  expect(seen.complaints).toEqual([]);
  expect(seen.requests.filter((url) => !url.startsWith("data:"))).toEqual([address]);
});

describe("report.html in a browser", () => {
  it("says what was run, where, and what came of it", async () => {
    const header = page.getByRole("banner").or(page.locator("header")).first();
    const text = await header.innerText();
    expect(text).toContain("sample");
    expect(text).toContain("graph, CPU");
    expect(text).toContain("9 done");
    expect(text).toContain("fused fuses a and b by property, exact");
  });

  it("shows the stages as a graph that a screen reader can list", async () => {
    const boxes = page.getByRole("region", { name: "Stage graph" }).getByRole("listitem");
    expect(await boxes.count()).toBe(9);
    expect(await boxes.nth(0).getAttribute("aria-label")).toContain("a: train, done");
  });

  it("moves every curve to another axis, with the parents' cost counted", async () => {
    const before = await picture("Loss.");
    await page.getByLabel("FLOPs", { exact: true }).check();
    await page.getByLabel("count the parents' cost").check();
    expect(await picture("Loss.")).not.toBe(before);
    const cells = await lossTable();
    // The property child starts where its two parents' 200 steps of 1.5 GFLOP ended.
    const start = cells.find(([stage, step]) => stage === "wide" && step === "0");
    expect(start?.[2]).toBe("600,000,000,000");
  });

  it("gives the exact figures as a table", async () => {
    const cells = await lossTable();
    const end = cells.find(([stage, step]) => stage === "baseline" && step === "400");
    expect(Number(end?.[4])).toBeCloseTo(1.747, 5);
  });

  it("reads values under a crosshair that the arrow keys move", async () => {
    await chart("Loss.").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    const readout = page.locator(".readout").first();
    await readout.waitFor();
    expect(await readout.innerText()).toMatch(/baseline\s+step \d+\s+[\d.]+ nats/);
    await page.keyboard.press("Escape");
    expect(await readout.isVisible()).toBe(false);
  });

  it("hides a stage on demand", async () => {
    const before = await picture("Loss.");
    await page.getByRole("checkbox", { name: "baseline" }).uncheck();
    expect(await picture("Loss.")).not.toBe(before);
    expect((await lossTable()).some(([stage]) => stage === "baseline")).toBe(false);
  });

  it("steps through a kernel's history by keyboard, its parents beside it", async () => {
    const figures = page.locator(".heatmap-figure");
    expect(await figures.locator("figcaption").allInnerTexts()).toEqual([
      "before: a, step 200",
      "before: b, step 200",
      "wide, step 240",
    ]);
    const slider = page.getByRole("slider", { name: "step", exact: true });
    await slider.focus();
    await page.keyboard.press("Home");
    expect(await figures.locator("figcaption").last().innerText()).toBe("wide, step 0");
    await page.keyboard.press("ArrowRight");
    expect(await figures.locator("figcaption").last().innerText()).toBe("wide, step 30");
  });

  it("tells the value of a cell, and changes the kernel", async () => {
    await page.getByLabel("kernel", { exact: true }).selectOption(sampleKernels[1]);
    const map = page.locator(".heatmap").last();
    await map.focus();
    await page.keyboard.press("ArrowLeft");
    const value = await page.locator(".cell-value").last().innerText();
    expect(value).toMatch(/^rows? \d+(–\d+)?, columns? \d+(–\d+)?: (mean )?-?[\d.e-]+$/);
    expect(await page.locator(".heatmap").last().locator(".border").count()).toBe(2);
  });

  it("plays the steps once, and stops", async () => {
    await page.getByRole("button", { name: "Play" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("button", { name: "Play" }).waitFor();
    expect(await page.locator(".step-label").innerText()).toBe("step 240");
  });

  it("shows each fusion's receipt and what everything cost", async () => {
    const receipt = page.getByRole("article").first();
    expect(await receipt.innerText()).toContain("fused = a + b");
    expect(await receipt.innerText()).toContain("within 3.10e-7 of the largest logit");
    const lineage = page.getByRole("region", { name: /^Lineage/ });
    expect(await lineage.getByRole("row").count()).toBe(9);
  });

  for (const width of [400, 1280]) {
    it(`never scrolls sideways at ${width} pixels`, async () => {
      await page.setViewportSize({ width, height: 800 });
      await page.waitForTimeout(100);
      const overflow = await page
        .locator("html")
        .evaluate((html) => html.scrollWidth - html.clientWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    });
  }

  it("follows the reader's theme without being opened anew", async () => {
    const before = await picture("Loss.");
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(() => picture("Loss.")).not.toBe(before);
    await page.emulateMedia({ forcedColors: "active" });
    await page.getByRole("heading", { level: 1 }).waitFor();
  });

  it("follows VS Code's theme in a tab of VS Code, whatever the system's is", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    const before = await picture("Loss.");
    const html = page.locator("html");
    await html.evaluate((root) => {
      root.style.setProperty("--vscode-editor-background", "#1f1f1f");
      root.style.setProperty("--vscode-foreground", "#cccccc");
      root.querySelector("body")!.dataset.vscodeThemeKind = "vscode-dark";
    });
    await page.locator("body").evaluate((body) => {
      body.classList.add("vscode-dark");
    });
    const colors = await html.evaluate((root) => {
      const { backgroundColor, color } = getComputedStyle(root);
      return [backgroundColor, color];
    });
    expect(colors).toEqual(["rgb(31, 31, 31)", "rgb(204, 204, 204)"]);
    await expect.poll(() => picture("Loss.")).not.toBe(before);
  });
});

function chart(name: string): ReturnType<Page["locator"]> {
  return page.locator(`.plot[aria-label^="${name}"]`);
}

function picture(name: string): Promise<string> {
  return chart(name)
    .locator("canvas")
    .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
}

/** Rows of the loss chart's table, opened if need be. */
async function lossTable(): Promise<string[][]> {
  const details = page.locator(".chart details").first();
  if ((await details.getAttribute("open")) === null) await details.locator("summary").click();
  await details.locator("tbody tr").first().waitFor();
  return details
    .locator("tbody tr")
    .evaluateAll((rows) => rows.map((row) => Array.from(row.children, (cell) => cell.textContent)));
}
