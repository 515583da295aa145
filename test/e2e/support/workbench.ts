/** What a user does in the window: icons, views, the palette, quick picks. Waits for texts, never for times. */
import type { Locator, Page } from "playwright-core";

export async function openDeepFusion(page: Page): Promise<void> {
  const icon = page.locator('.activitybar .action-item a[aria-label^="Deep Fusion"]');
  await icon.waitFor({ timeout: 60_000 });
  const shown = page.locator('.composite.title h2:has-text("Deep Fusion")');
  if (!(await shown.isVisible())) await icon.click();
  await shown.waitFor();
}

/** A row of the checkpoint tree whose label or description matches. */
export function row(page: Page, text: string | RegExp): Locator {
  return page.locator(".pane-body .monaco-list-row").filter({ hasText: text });
}

/** Opens a node by keyboard, which works whatever a click is bound to. */
export async function expand(page: Page, text: string | RegExp): Promise<void> {
  const node = row(page, text).first();
  await node.waitFor();
  if ((await node.getAttribute("aria-expanded")) === "true") return;
  await node.locator(".monaco-tl-twistie").click();
}

export async function runCommand(page: Page, title: string): Promise<void> {
  await page.keyboard.press("F1");
  const input = page.locator(".quick-input-widget input.input");
  await input.waitFor();
  await input.fill(`>${title}`);
  await quickPick(page, title).first().waitFor();
  await page.keyboard.press("Enter");
}

export function quickPick(page: Page, text: string | RegExp): Locator {
  return page.locator(".quick-input-list .monaco-list-row").filter({ hasText: text });
}

export function notification(page: Page, text: string | RegExp): Locator {
  return page.locator(".notifications-toasts .notification-list-item").filter({ hasText: text });
}

/** Answers a quick pick or an input box. */
export async function answer(page: Page, title: string | RegExp, text?: string): Promise<void> {
  const widget = page.locator(".quick-input-widget").filter({ hasText: title });
  await widget.waitFor();
  if (text !== undefined) await widget.locator("input.input").fill(text);
  await page.keyboard.press("Enter");
  await widget.waitFor({ state: "hidden" }).catch(() => undefined);
}

/** The modal question; answers with one of its buttons. */
export async function dialog(page: Page, text: string | RegExp, button: string): Promise<string> {
  const box = page.locator(".monaco-dialog-box").filter({ hasText: text });
  await box.waitFor({ timeout: 60_000 });
  const said = await box.innerText();
  await box.locator(".monaco-button", { hasText: button }).first().click();
  await box.waitFor({ state: "hidden" });
  return said;
}

/** A row's context menu, by mouse and then by keyboard: a click at once after it opened may be taken for its opening. */
export async function chooseInMenu(target: Locator, item: string): Promise<void> {
  const page = target.page();
  await target.click({ button: "right" });
  const entry = page.locator(".monaco-menu .action-item").filter({ hasText: item });
  await entry.hover();
  await page.keyboard.press("Enter");
  await entry.waitFor({ state: "detached" });
}
