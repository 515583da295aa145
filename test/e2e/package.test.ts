import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { installExtension } from "../../scripts/vscode.mjs";
import { useVsCode } from "./support/vscode";
import { expand, openDeepFusion, row } from "./support/workbench";

describe("the package of npm run package", () => {
  const folder = mkdtempSync(join(tmpdir(), "deep-fusion-package-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const vscode = useVsCode({
    install: (extensions) => {
      const file = join(folder, "deep-fusion.vsix");
      execFileSync(process.execPath, ["scripts/package.mjs", "--out", file], { stdio: "ignore" });
      installExtension(file, extensions);
    },
  });

  test("is installed by VS Code, and trains and fuses with what it carries", async () => {
    const { page, folder: own } = vscode();
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
    await openDeepFusion(page);
    await page.locator('.welcome-view-content a:has-text("Try the Sample")').click();
    await expand(page, /^quickstart/);
    await row(page, /^fused= a \+ b, property, exact/).waitFor();
  });
});
