import { linkSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { copyQuickstart } from "./support/sample-run";
import { useVsCode } from "./support/vscode";
import { openDeepFusion, quickPick, row, runCommand, webview } from "./support/workbench";

/** What each would do if it were taken for markup: set a mark on the window. */
const attacks = [
  "<img src=x onerror=window.hacked=1>",
  "<script>window.hacked=1<∕script>",
  "'\"><svg onload=window.hacked=1>",
  "${window.hacked=1}",
  "{{window.hacked=1}}",
  "](command:deepFusion.stopRun)",
  "[link](javascript:window.hacked=1)",
  "`code` **bold** | cell",
  "$(trash) $(sync~spin)",
  "%command.fuse%",
  "\u202Egnp.tfel-ot-thgir",
  "\u2066isolated\u2069\u200B\uFEFF",
  "a\nb\tc\u0007",
  "\u0301".repeat(40),
  "very long ".repeat(20),
  "--out=x; rm -rf .",
  "CON",
  "..hidden",
  "\u{1F3F4}\u200D\u2620\uFE0F",
  "שלום עולם",
];
const many = 500;

describe("names that would be markup, commands or broken layout", () => {
  const vscode = useVsCode({ workspace: {}, prepare: fill });
  beforeAll(() => openDeepFusion(vscode().page));

  test("of 500 checkpoints are shown as text and run nothing", async () => {
    const { page } = vscode();
    await row(page, /onerror/)
      .first()
      .waitFor();
    await row(page, /onerror/)
      .first()
      .hover();
    const shown = await page.locator(".pane-body .monaco-list-row").allTextContents();
    expect(shown.join("")).not.toMatch(/[\u202A-\u202E\u2066-\u2069\n]/);
    const heights = await page
      .locator(".pane-body .monaco-list-row")
      .evaluateAll((rows) => rows.map((element) => element.getBoundingClientRect().height));
    expect(new Set(heights)).toEqual(new Set([22]));
    expect(await page.locator(".pane-body img[src=x], .pane-body svg[onload]").count()).toBe(0);
    expect(await page.evaluate('"hacked" in globalThis')).toBe(false);
  });

  test("are shown as text in quick picks too", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Show Lineage");
    const picks = quickPick(page, "");
    await picks.filter({ hasText: "onerror" }).first().waitFor();
    expect((await picks.allTextContents()).join("")).not.toMatch(/[\u202A-\u202E\u2066-\u2069\n]/);
    await picks.filter({ hasText: "onerror" }).first().click();
    await webview(page).locator("h1 code").filter({ hasText: "onerror" }).waitFor();
    expect(await page.evaluate('"hacked" in globalThis')).toBe(false);
  });
});

/** One checkpoint under 500 names, without 500 copies of its bytes. */
function fill(workspace: string): void {
  const source = join(copyQuickstart(workspace), "a", "step-00000030");
  for (let number = 0; number < many; number++) {
    const name = `${number} ${attacks[number % attacks.length]!}`
      .replaceAll("/", "∕")
      .slice(0, 120);
    const folder = join(workspace, "hostile", name);
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(source)) linkSync(join(source, file), join(folder, file));
  }
}
