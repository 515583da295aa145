import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { installExtension } from "../../scripts/vscode.mjs";
import { useVsCode } from "./support/vscode";
import { expand, notification, openDeepFusion, row, runCommand } from "./support/workbench";

describe("a newcomer, with the package of npm run package and no folder open", () => {
  const folder = mkdtempSync(join(tmpdir(), "deep-fusion-package-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const vscode = useVsCode({
    builtIn: "all",
    install: (extensions) => {
      const file = join(folder, "deep-fusion.vsix");
      execFileSync(process.execPath, ["scripts/package.mjs", "--out", file], { stdio: "ignore" });
      installExtension(file, extensions);
    },
  });

  test("has it installed by VS Code, with all that it needs", () => {
    const { folder: own } = vscode();
    const [installed] = readdirSync(join(own, "extensions")).filter((name) =>
      name.startsWith("deep-fusion"),
    );
    const carried = join(own, "extensions", installed!, "node_modules", "onnxruntime-node");
    expect(existsSync(carried)).toBe(true);
    const files = readdirSync(join(own, "extensions", installed!), {
      recursive: true,
      encoding: "utf8",
    });
    expect(files.filter((name) => /\.(ts|c|cc|h|map)$|(^|\/)tests?\//.test(name))).toEqual([]);
    const documents = ["README.md", "CHANGELOG.md", "LICENSE", "resources/icon.png"];
    expect(files).toEqual(expect.arrayContaining([...documents, "l10n/bundle.l10n.json"]));
  });

  test("is told how to begin where there is no recipe yet", async () => {
    const { page } = vscode();
    await openDeepFusion(page);
    await runCommand(page, "Deep Fusion: Start Run");
    const news = notification(page, /Cannot find a recipe: .*use New Recipe to make one/);
    await news.waitFor();
    await runCommand(page, "Notifications: Clear All Notifications");
  });

  test("presses Try the Sample and sees two models train and a fused checkpoint in the tree", async () => {
    const { page } = vscode();
    await page.locator('.welcome-view-content a:has-text("Try the Sample")').click();
    await page.locator('.tab[data-resource-name="quickstart.fusion.yaml"]').waitFor();
    await expand(page, /^quickstart/);
    const fused = row(page, /^fused= a \+ b, property, exact/);
    await fused.waitFor();
    expect(await fused.getAttribute("aria-label")).toContain("exact");
    // The comparison is the run's last stage.
    await row(page, /^comparedone/).waitFor();
  });
});
