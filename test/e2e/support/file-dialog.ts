/** VS Code's own file dialog, as it is where the server has no desktop: a field with a path. */
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { until } from "./until";
import { insist } from "./workbench";

/** Saves into this file. */
export async function fileAt(page: Page, path: string): Promise<void> {
  const widget = page.locator(".quick-input-widget");
  const input = widget.locator("input.input");
  await input.waitFor();
  await insist(
    async () => {
      await input.fill(path);
      await widget
        .locator(".monaco-button", { hasText: /OK|Save/ })
        .first()
        .click();
    },
    (options) => widget.waitFor({ state: "hidden", ...options }),
  );
  await until(`${path} is written`, () => existsSync(path));
}
