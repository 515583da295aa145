/**
 * What a user does in the window: icons, views, the palette, quick picks. Waits for texts, never for times; a gesture
 * that the window swallowed (it draws things before they listen) is made again, as a user would.
 */
import type { FrameLocator, Locator, Page } from "playwright-core";
import { patienceMs, until } from "./until";

/** Longer each time: a machine that is merely slow must not be begun anew with for ever. */
const beforeAgainMs = 10_000;

type Outcome = (options: { readonly timeout: number }) => Promise<unknown>;

/** Makes the gesture, and again where its outcome fails to come. */
export async function insist(gesture: () => Promise<unknown>, outcome: Outcome): Promise<void> {
  const began = Date.now();
  for (let timeout = beforeAgainMs; ; timeout *= 2) {
    await gesture();
    try {
      await outcome({ timeout });
      return;
    } catch (error) {
      if (Date.now() - began > patienceMs) throw error;
      process.stderr.write(`Making a gesture again: ${gesture.toString()}\n`);
    }
  }
}

const shown =
  (locator: Locator): Outcome =>
  ({ timeout }) =>
    locator.first().waitFor({ timeout });

const gone =
  (locator: Locator): Outcome =>
  ({ timeout }) =>
    locator.waitFor({ state: "hidden", timeout });

export async function openDeepFusion(page: Page): Promise<void> {
  const icon = page.locator('.activitybar .action-item a[aria-label^="Deep Fusion"]');
  const title = page.locator('.composite.title h2:has-text("Deep Fusion")');
  await icon.waitFor();
  if (!(await title.isVisible())) await insist(() => icon.click(), shown(title));
}

/** A row of the checkpoint tree whose label or description matches. */
export function row(page: Page, text: string | RegExp): Locator {
  return page.locator(".pane-body .monaco-list-row").filter({ hasText: text });
}

export async function expand(page: Page, text: string | RegExp): Promise<void> {
  const node = row(page, text).first();
  const open = page.locator('.pane-body .monaco-list-row[aria-expanded="true"]');
  await node.waitFor();
  await insist(
    async () => {
      if ((await node.getAttribute("aria-expanded")) !== "true")
        await node.locator(".monaco-tl-twistie").click();
    },
    shown(open.filter({ hasText: text })),
  );
}

const quickInput = (page: Page): Locator => page.locator(".quick-input-widget");
/** The list or field that asks this. */
export const question = (page: Page, title: string | RegExp): Locator =>
  quickInput(page).filter({ hasText: title });
const focusedPick = (page: Page): Locator =>
  page.locator(".quick-input-list .monaco-list-row.focused");

export function quickPick(page: Page, text: string | RegExp): Locator {
  return page.locator(".quick-input-list .monaco-list-row").filter({ hasText: text });
}

/** From the palette, by keyboard. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const input = await choose(page, `>${title}`, title);
  await insist(
    () => input.press("Enter"),
    // Gone, or already the command's own question.
    (options) =>
      until("the command runs", async () => (await inputText(input)) !== `>${title}`, options),
  );
}

/** A file of the workspace, in an editor. */
export async function openFile(page: Page, name: string): Promise<void> {
  const input = await choose(page, name, name);
  await insist(() => input.press("Enter"), gone(quickInput(page)));
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
}

/**
 * Types into the palette, which finds files where there is no ">", until the item stands first. A command that has
 * just become available is in the next list only.
 */
async function choose(page: Page, typed: string, item: string): Promise<Locator> {
  const input = quickInput(page).locator("input.input");
  const found = focusedPick(page).filter({ hasText: item });
  const write = async () => {
    if (await input.isVisible()) await input.press("Escape");
    await page.keyboard.press("F1");
    await input.fill(typed, { timeout: beforeAgainMs }).catch(() => undefined);
  };
  await insist(write, ({ timeout }) => found.waitFor({ timeout: timeout / 4 }));
  return input;
}

async function inputText(input: Locator): Promise<string | undefined> {
  if (!(await input.isVisible())) return undefined;
  return input.inputValue({ timeout: 1000 }).catch(() => undefined);
}

/** Chooses in a list that asks for one. */
export async function pick(page: Page, title: string | RegExp, item: string): Promise<void> {
  const widget = question(page, title);
  await widget.waitFor();
  const input = widget.locator("input.input");
  await input.fill(item);
  // The list appears before its items.
  await focusedPick(page).filter({ hasText: item }).waitFor();
  await insist(() => input.press("Enter"), gone(widget));
}

/** Ticks these in a list that asks for several, and goes on. */
export async function pickMany(page: Page, title: string | RegExp, items: readonly string[]) {
  const widget = question(page, title);
  await widget.waitFor();
  for (const item of items) {
    const entry = quickPick(page, item).first();
    const ticked = page.locator('.quick-input-list .monaco-list-row[aria-checked="true"]');
    await entry.waitFor();
    await insist(
      async () => {
        if ((await entry.getAttribute("aria-checked")) !== "true") await entry.click();
      },
      shown(ticked.filter({ hasText: item })),
    );
  }
  await insist(() => widget.locator("input.input").press("Enter"), gone(widget));
}

export async function type(page: Page, title: string | RegExp, text: string): Promise<void> {
  const widget = question(page, title);
  await widget.waitFor();
  const input = widget.locator("input.input");
  await input.fill(text);
  await insist(() => input.press("Enter"), gone(widget));
}

export function notification(page: Page, text: string | RegExp): Locator {
  return page.locator(".notifications-toasts .notification-list-item").filter({ hasText: text });
}

/** The modal question; answers with one of its buttons. */
export async function dialog(page: Page, text: string | RegExp, button: string): Promise<string> {
  const box = page.locator(".monaco-dialog-box").filter({ hasText: text });
  await box.waitFor();
  const said = await box.innerText();
  const choice = box.locator(".monaco-button", { hasText: button }).first();
  await insist(() => choice.click(), gone(box));
  return said;
}

/** A row's context menu, by mouse and then by keyboard: a click at once after it opened may be taken for its opening. */
export async function chooseInMenu(target: Locator, item: string): Promise<void> {
  const page = target.page();
  const entry = page.locator(".monaco-menu .action-item").filter({ hasText: item });
  await insist(() => target.click({ button: "right" }), shown(entry));
  await entry.hover();
  await insist(() => page.keyboard.press("Enter"), gone(entry));
}

/** Over the target twice: the first time may only say that something is dragged. */
export async function drag(source: Locator, target: Locator, outcome: Locator): Promise<void> {
  const { mouse } = source.page();
  await insist(async () => {
    await source.hover();
    await mouse.down();
    await target.hover();
    await target.hover({ position: { x: 60, y: 8 } });
    await mouse.up();
  }, shown(outcome));
}

/** The newest page of ours that is shown, in its frame within a frame. */
export function webview(page: Page, index = -1): FrameLocator {
  return page
    .frameLocator(`iframe.webview.ready >> nth=${index}`)
    .frameLocator("iframe#active-frame");
}
