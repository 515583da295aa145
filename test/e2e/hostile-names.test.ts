import type { Frame, Locator, Page } from "playwright-core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { counts, fillWithHostileNames } from "./support/hostile-workspace";
import { pageOf } from "./support/pages";
import { until } from "./support/until";
import { useVsCode } from "./support/vscode";
import {
  expand,
  notification,
  openDeepFusion,
  openFile,
  pick,
  quickPick,
  row,
  runCommand,
  webview,
} from "./support/workbench";

/** What turns its neighbours around, and what breaks lines. */
const disturbing = /[\u202A-\u202E\u2066-\u2069\u0007]/;

describe("names that would be markup, commands or broken layout", () => {
  const vscode = useVsCode({ workspace: {}, prepare: fillWithHostileNames });
  const dialogs: string[] = [];
  beforeAll(async () => {
    const { page } = vscode();
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await openDeepFusion(page);
    await row(page, /onerror/)
      .first()
      .waitFor();
  });
  afterEach(async () => {
    expect(await hackedFrames(vscode().page)).toEqual([]);
    expect(dialogs).toEqual([]);
  });

  test("are 500 and more", () => {
    const { checkpoints, runs, stagesOfEach, tensors, metadata, recipeValues } = counts;
    const names = checkpoints + runs * (1 + stagesOfEach) + tensors + metadata + recipeValues;
    expect(names).toBeGreaterThanOrEqual(500);
  });

  test("are text in the tree, each on its line", async () => {
    const { page } = vscode();
    await expand(page, /^0 <img/);
    const rows = page.locator(".pane-body .monaco-list-row");
    await row(page, /^1 <script>/)
      .first()
      .waitFor();
    await row(page, /onerror/)
      .first()
      .hover();
    await expectText(rows);
    const heights = await rows.evaluateAll((shown) =>
      shown.map((element) => element.getBoundingClientRect().height),
    );
    expect(new Set(heights)).toEqual(new Set([22]));
  });

  test("are text in quick picks and in a checkpoint's lineage, and no icons", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Show Lineage");
    const picks = quickPick(page, "");
    await picks.filter({ hasText: "onerror" }).first().waitFor();
    await page.locator(".quick-input-widget input.input").fill("$");
    await picks.filter({ hasText: "(trash)" }).first().waitFor();
    await expectText(picks);
    expect(await picks.locator(".codicon-trash").count()).toBe(0);
    await page.locator(".quick-input-widget input.input").fill("onerror");
    await picks.filter({ hasText: "onerror" }).first().click();
    await webview(page).locator("h1 code").filter({ hasText: "onerror" }).waitFor();
  });

  test("are text in the training panel, whose buttons stay in sight", async () => {
    const panel = await pageOf(vscode().page, "panel");
    const runs = panel.getByLabel("earlier runs");
    for (const number of [0, 7, 15]) {
      const name = (await runs.locator("option").allTextContents()).find((text) =>
        text.startsWith(`${number} `),
      );
      await runs.selectOption({ label: name! });
      await panel
        .locator(".head h2")
        .getByText(new RegExp(`^${number} `))
        .first()
        .waitFor();
      await expectLayout(panel);
      await expectInSight(panel, panel.getByRole("button", { name: "Dashboard" }));
    }
  });

  test("are text on the dashboard of several runs, whose controls stay in sight", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Open Dashboard");
    const dashboard = await pageOf(page, "dashboard");
    await dashboard.locator(".connection").getByText("live", { exact: true }).waitFor();
    const boxes = dashboard.locator(".runs input");
    for (const box of (await boxes.all()).slice(0, counts.runs / 2)) await box.check();
    const [loss] = await dashboard.locator(".chart").all();
    await loss!.locator(".empty").waitFor({ state: "hidden" });
    for (const table of await dashboard.locator("details > summary").all()) await table.click();
    await expectLayout(dashboard);
    const save = dashboard.getByRole("button", { name: "Save the figures of Loss as CSV" });
    await expectInSight(dashboard, save);
  });

  test("are text in the report of a run", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Open Report");
    await pick(page, "Which run?", "0 <img");
    const report = await frameWith(page, "h1", /0 <img/);
    await report.locator(".chart canvas").first().waitFor();
    await expectLayout(report);
  });

  test("are text in the page of a .safetensors file, of tensors and metadata alike", async () => {
    const { page } = vscode();
    await openFile(page, "hostile.safetensors");
    const tensors = await pageOf(page, "tensors");
    await tensors.locator("summary", { hasText: `Metadata (${counts.metadata})` }).click();
    await tensors.getByText("-42 <img src=x onerror=window.hacked=1>").waitFor();
    const rows = tensors.locator("tbody tr[data-name]");
    await until("all are listed", async () => (await rows.count()) === counts.tensors);
    for (const name of ["0 <img", "15 unbroken"]) {
      await tensors.getByLabel("Filter tensors").fill(name);
      await rows.first().click();
      await tensors.locator("h2", { hasText: name }).waitFor();
      await tensors.locator("canvas").first().waitFor();
      await expectLayout(tensors);
      await expectInSight(tensors, tensors.getByLabel("Filter tensors"));
    }
  });

  test("are text in a recipe's problems and in what is said of it, and no links", async () => {
    const { page } = vscode();
    await openFile(page, "hostile.fusion.yaml");
    await page.locator(".monaco-editor .squiggly-error").first().waitFor();
    await runCommand(page, "Deep Fusion: Check Recipe");
    const problems = page.locator(".markers-panel .monaco-list-row");
    await problems.filter({ hasText: "onerror" }).first().waitFor();
    await runCommand(page, "Deep Fusion: Start Run");
    const news = notification(page, /there is no model or stage|hostile\.fusion\.yaml/);
    await news.waitFor();
    await expectText(news);
    expect(await news.locator(".notification-list-item-message a").count()).toBe(0);
    expect(await page.locator('img[src="x"], svg[onload]').count()).toBe(0);
  });
});

/** Addresses of the frames in which a name was run. */
async function hackedFrames(page: Page): Promise<string[]> {
  const asked = page.frames().map(async (frame) => {
    // A frame may go while it is asked.
    const isHacked = await frame.evaluate('"hacked" in globalThis').catch(() => false);
    return isHacked === true ? [frame.url()] : [];
  });
  return (await Promise.all(asked)).flat();
}

async function expectText(locator: Locator): Promise<void> {
  expect((await locator.allTextContents()).join("")).not.toMatch(disturbing);
  expect(await locator.locator("img[src=x], svg[onload], script").count()).toBe(0);
}

/** Nothing is wider than the page, and no name has become an element of it. */
async function expectLayout(page: Frame): Promise<void> {
  await expectText(page.locator("main"));
  expect(await page.locator("html").evaluate(widerThanPage)).toEqual([]);
}

/** In the page: elements that make it scroll sideways. */
function widerThanPage(page: Element): string[] {
  if (page.scrollWidth <= page.clientWidth) return [];
  return [...page.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > page.clientWidth)
    .map((element) => {
      const name = `${element.tagName}.${element.getAttribute("class") ?? ""}`;
      return `${name}: ${element.textContent.slice(0, 60)}`;
    });
}

/** Not pushed out at the side; whether one has to scroll down for it is another matter. */
async function expectInSight(page: Frame, control: Locator): Promise<void> {
  await control.scrollIntoViewIfNeeded();
  const width = await page.locator("html").evaluate(({ clientWidth }) => clientWidth);
  const box = (await control.boundingBox())!;
  const frame = (await (await page.frameElement()).boundingBox())!;
  expect(box.width).toBeGreaterThan(10);
  expect(box.x - frame.x).toBeGreaterThanOrEqual(0);
  expect(box.x - frame.x + box.width).toBeLessThanOrEqual(width);
}

/** The page that has such an element. */
async function frameWith(page: Page, selector: string, text: RegExp): Promise<Frame> {
  let found: Frame | undefined;
  await until(`a page with ${selector} ${String(text)} is shown`, async () => {
    for (const frame of page.frames()) {
      const element = frame.locator(selector, { hasText: text });
      if (await element.isVisible().catch(() => false)) found = frame;
    }
    return found !== undefined;
  });
  return found!;
}
