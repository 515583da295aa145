import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { longRecipe } from "./support/long-run";
import { until } from "./support/until";
import { useVsCode } from "./support/vscode";
import { insist, notification, openDeepFusion, openFile, runCommand } from "./support/workbench";

const wrong = longRecipe.replace("preset:", "presett:");

describe("a recipe with an error", () => {
  const vscode = useVsCode({ workspace: { "wrong.fusion.yaml": wrong } });

  test("is marked where it is, is not run, and is mended by its own fix", async () => {
    const { page, workspace } = vscode();
    await openDeepFusion(page);
    await openFile(page, "wrong.fusion.yaml");
    const squiggle = page.locator(".monaco-editor .squiggly-error").first();
    await squiggle.waitFor();
    await runCommand(page, "Deep Fusion: Start Run");
    await notification(page, /presett/).waitFor();
    await runCommand(page, "Notifications: Clear All Notifications");
    const fix = page.locator(".action-widget").getByText('Change to "preset"');
    await insist(
      async () => {
        await runCommand(page, "Go to Next Problem in Files (Error, Warning, Info)");
        await page.keyboard.press("Escape");
        await page.keyboard.press("Control+.");
      },
      (options) => fix.waitFor(options),
    );
    await page.keyboard.press("Enter");
    await squiggle.waitFor({ state: "hidden" });
    await page.keyboard.press("Control+S");
    const file = join(workspace, "wrong.fusion.yaml");
    await until("it is saved", () => readFileSync(file, "utf8") === longRecipe);
    await runCommand(page, "Deep Fusion: Check Recipe");
    await notification(page, /no problems found/).waitFor();
    expect(await page.locator(".squiggly-error").count()).toBe(0);
  });
});
