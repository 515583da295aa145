import { describe, expect, test } from "vitest";
import { useVsCode } from "./support/vscode";
import { expand, openDeepFusion, row } from "./support/workbench";

describe("a newcomer, with no folder open", () => {
  const vscode = useVsCode();

  test("presses Try the Sample and sees two models train and a fused checkpoint in the tree", async () => {
    const { page } = vscode();
    await openDeepFusion(page);
    await page.locator('.welcome-view-content a:has-text("Try the Sample")').click();
    await page.locator('.tab[data-resource-name="quickstart.fusion.yaml"]').waitFor();
    await expand(page, /^quickstart/);
    const fused = row(page, /fused= a \+ b, property, exact/);
    await fused.waitFor();
    // The comparison is the run's last stage.
    await row(page, /^comparedone/).waitFor();
    expect(await fused.getAttribute("aria-label")).toContain("exact");
  });
});
