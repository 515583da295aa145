// The README's pictures, light and dark, in docs/images/. node scripts/screenshots.mjs RUN: of a run's report;
// node scripts/screenshots.mjs --editor: of the views in VS Code, as `npm run test:e2e` has just taken them.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { findBrowser } from "./browser.mjs";

/** The parts that say most at one glance; the rest of the page is hidden for the picture. */
const hidden = [
  ".summary",
  ".quiet",
  ".controls",
  "details",
  ".heatmaps ~ .charts",
  ".chart:nth-child(n + 3)",
  "section:has(.receipts)",
];

const [run] = process.argv.slice(2);
if (run === undefined) {
  process.stderr.write("Usage: node scripts/screenshots.mjs RUN|--editor\n");
  process.exit(2);
}
const root = fileURLToPath(new URL("../", import.meta.url));
if (run === "--editor") copyViews();
else await pictureReport();

/** Those that say what working with it is like. */
function copyViews() {
  for (const view of ["recipe", "dashboard", "kernels", "preflight"]) {
    for (const theme of ["light", "dark"]) {
      const taken = join(root, ".cache", "e2e", "views", `${view}-${theme}.png`);
      if (!existsSync(taken))
        throw new Error(`Cannot find ${taken}: run npm run test:e2e test/e2e/views.test.ts first`);
      copyFileSync(taken, join(root, "docs", "images", `editor-${view}-${theme}.png`));
    }
  }
}

async function pictureReport() {
  const folder = mkdtempSync(join(tmpdir(), "deep-fusion-screenshots-"));
  try {
    const page = join(folder, "report.html");
    const command = [join(root, "dist/cli.js"), "report", run, "--out", page];
    execFileSync(process.execPath, command, { stdio: "inherit" });
    await takePictures(pathToFileURL(page).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function takePictures(address) {
  const browser = await chromium.launch({ executablePath: findBrowser(), args: ["--no-sandbox"] });
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 900 } });
    await page.goto(address);
    await page.locator("canvas").first().waitFor();
    await showTwoParents(page);
    for (const selector of hidden)
      await page.locator(selector).evaluateAll((nodes) => nodes.forEach((node) => node.remove()));
    const path = join(root, "docs", "images", `report-${colorScheme}.png`);
    await page.locator("main").screenshot({ path });
    await page.close();
  }
  await browser.close();
}

/** The first stage whose kernels have two parents to be seen beside. */
async function showTwoParents(page) {
  const choice = page.getByLabel("stage", { exact: true });
  const stages = await choice.locator("option").evaluateAll((nodes) => nodes.map((n) => n.value));
  for (const stage of stages) {
    await choice.selectOption(stage);
    if ((await page.locator(".heatmap-figure").count()) === 3) return;
  }
}
