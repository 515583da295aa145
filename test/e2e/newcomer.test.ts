import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDeepFusion, expand, row } from "./support/workbench";
import { openVsCode, type VsCode } from "./support/vscode";

describe("a newcomer, with no folder open", () => {
  let vscode: VsCode;
  beforeAll(async () => {
    vscode = await openVsCode();
  });
  afterAll(() => vscode.close());

  test("presses Try the Sample and sees two models train and a fused checkpoint in the tree", async () => {
    const { page } = vscode;
    await openDeepFusion(page);
    await page.locator('.welcome-view-content a:has-text("Try the Sample")').click();
    await page.locator('.tab[data-resource-name="quickstart.fusion.yaml"]').waitFor();
    const run = row(page, "quickstart");
    await run.waitFor({ timeout: 60_000 });
    await expand(page, /^quickstart/);
    const fused = row(page, /fused= a \+ b, property, exact/);
    await fused.waitFor({ timeout: 120_000 });
    // The comparison is the run's last stage.
    await row(page, /^comparedone/).waitFor({ timeout: 120_000 });
    expect(await fused.getAttribute("aria-label")).toContain("exact");
  });
});
