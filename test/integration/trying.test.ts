/** Trying checkpoints: the language server's own process at work, and the page in a real browser. */
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CancellationTokenSource } from "vscode-jsonrpc/node";
import { jobProgress } from "../../server/protocol/fusion";
import { type GenerateResult, generateRequest } from "../../server/protocol/generation";
import type { FromTrying, ToTrying, TriedCheckpoint } from "../../server/protocol/trying";
import { temporaryFolders } from "../checkpoint/support/folder";
import { launchBrowser } from "../support/browser";
import { startLanguageServer } from "../support/language-server";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint";
import { openWebview, type Webview } from "../support/webview-host";

const newFolder = temporaryFolders();
const greedy = { kind: "greedy" } as const;

describe("the language server", () => {
  test("answers from a process of its own, tells how far it is, and stops when it is told to", async () => {
    const folder = newFolder();
    const checkpoints = ["a", "b"].map((name) => join(folder, name));
    for (const [seed, directory] of checkpoints.entries()) {
      await writeTinyCheckpoint(directory, { seed });
    }
    const server = await startLanguageServer({ folder, storage: folder });
    try {
      const ask = (maxTokens: number, token?: CancellationTokenSource["token"]) =>
        server.connection.sendRequest(
          generateRequest,
          { prompt: "A <extra_id_0>", strategy: greedy, maxTokens, checkpoints, job: "j" },
          token,
        );
      const stopping = new CancellationTokenSource();
      const seen: number[] = [];
      server.connection.onNotification(jobProgress, ({ job, done }) => {
        if (job === "j") seen.push(done);
        if (done === 9) stopping.cancel();
      });
      const results = await ask(2);
      expect(results.map(({ kind }) => kind)).toEqual(["answers", "answers"]);
      expect(seen).toEqual([0, 1, 2, 2, 3, 4]);
      await expect(ask(4096, stopping.token)).rejects.toThrow();
      expect(Math.max(...seen)).toBeLessThan(4096);
    } finally {
      await server.close();
    }
  });
});

describe("the page", () => {
  let browser: Browser;
  let view: Webview;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterEach(() => view.close());
  afterAll(() => browser.close());

  const open = async (width = 1000) => {
    view = await openWebview({ browser, page: "trying", width });
    return {
      page: view.page,
      send: (message: ToTrying) => view.send(message),
      posted: () => view.posted as readonly FromTrying[],
    };
  };

  test("asks two checkpoints, and shows their answers side by side as text alone", async () => {
    const { page, send, posted } = await open();
    await send({ kind: "show", checkpoints: [wide, small] });
    await page.getByLabel("Prompt").fill("Call me <extra_id_0>.");
    await page.keyboard.press("Control+Enter");
    const question = { ...asked, checkpoints: [wide, small] };
    await expect.poll(() => posted().at(-1)).toEqual({ kind: "try", question });
    await send({ kind: "standing", standing: "answering" });
    expect(await page.getByRole("button", { name: "Try" }).isDisabled()).toBe(true);
    await send({ kind: "progress", done: 70, of: 128 });
    await page.getByText("small, step 30: 6 of at most 64 tokens").waitFor();
    await send({ kind: "answered", question, results: [answer("<img src=x>"), refusal] });
    await send({ kind: "standing", standing: "idle" });
    expect(await page.locator("img").count()).toBe(0);
    const column = page.getByRole("region", { name: "wide, step 30" });
    expect(await column.locator(".answer").innerText()).toBe("Call me <img src=x>.");
    expect(await column.locator("mark").innerText()).toBe("<img src=x>");
    expect(await column.innerText()).toContain("Cut after 3 tokens");
    expect(await column.innerText()).toContain("-12.35");
    const other = page.getByRole("region", { name: "small, step 30" });
    expect(await other.innerText()).toContain("it has no tokenizer");
    const [left, right] = [await column.boundingBox(), await other.boundingBox()];
    expect(left!.y).toBe(right!.y);
    expect(await page.locator("[aria-live=polite] .answer").count()).toBe(1);
    expect(await page.locator(".answering").isVisible()).toBe(false);
  });

  test("cancels, says what failed, and leaves the focus where it can be used", async () => {
    const { page, send, posted } = await open();
    await send({ kind: "show", checkpoints: [wide] });
    await page.getByLabel("Prompt").fill("a");
    await page.getByRole("button", { name: "Try" }).press("Enter");
    const cancel = page.getByRole("button", { name: "Cancel" });
    expect(await page.locator("button:focus").innerText()).toBe("Cancel");
    await cancel.press("Enter");
    await expect.poll(() => posted().at(-1)).toEqual({ kind: "cancel" });
    await send({ kind: "failed", message: "Cannot generate: the process doing it stopped" });
    await send({ kind: "standing", standing: "idle" });
    await page.getByRole("alert").getByText("Cannot generate").waitFor();
    expect(await page.locator("button:focus").innerText()).toBe("Try");
  });

  test("asks nothing without a prompt, a checkpoint and sound settings, and says what is amiss", async () => {
    const { page, send, posted } = await open();
    const tried = () => posted().filter(({ kind }) => kind === "try").length;
    const press = () => page.getByRole("button", { name: "Try", exact: true }).click();
    await press();
    expect(await page.getByLabel("Prompt").getAttribute("aria-invalid")).toBe("true");
    await page.getByRole("button", { name: "Insert <extra_id_0>" }).click();
    await page.getByRole("button", { name: "Insert <extra_id_1>" }).waitFor();
    await press();
    await page.getByText("Choose a checkpoint first.").waitFor();
    await page.getByRole("button", { name: "Choose a checkpoint…" }).click();
    await expect.poll(() => posted().at(-1)).toEqual({ kind: "choose", shown: [] });
    await send({ kind: "add", checkpoints: [wide] });
    await page.getByLabel("beam search").check();
    await page.getByLabel("beams", { exact: true }).fill("0");
    await press();
    await page.getByText("must be a whole number from 1 to 64").waitFor();
    expect(tried()).toBe(0);
    await page.getByLabel("beams", { exact: true }).fill("2");
    await press();
    await expect.poll(tried).toBe(1);
    expect(posted().at(-1)).toMatchObject({
      question: {
        prompt: "<extra_id_0>",
        strategy: { kind: "beam", beams: 2, lengthPenalty: 1 },
        checkpoints: [wide],
      },
    });
  });

  test("keeps question and answers over a reload, earlier ones below, and asks one of them again", async () => {
    const { page, send } = await open();
    await send({ kind: "show", checkpoints: [wide, small] });
    const sampling = { temperature: 0.5, topK: 0, topP: 0.8, seed: 7 };
    const strategy = { kind: "sample", samples: 2, sampling } as const;
    const first = { ...asked, strategy, prompt: "first", checkpoints: [wide] };
    await send({ kind: "answered", question: first, results: [answer("one")] });
    const second = { ...asked, prompt: "second", checkpoints: [wide] };
    await send({ kind: "answered", question: second, results: [answer("two")] });
    await page.getByRole("button", { name: "Leave small, step 30 out" }).click();
    await page.reload();
    await page.getByRole("button", { name: "Add another checkpoint…" }).waitFor();
    expect(await page.getByRole("listitem").allInnerTexts()).toEqual([
      expect.stringContaining("wide, step 30"),
    ]);
    expect(await page.locator("mark").allInnerTexts()).toEqual(["two", "one"]);
    await page.getByRole("button", { name: "Take as question" }).click();
    expect(await page.getByLabel("Prompt").inputValue()).toBe("first");
    expect(await page.getByLabel("temperature").inputValue()).toBe("0.5");
  });

  test("never scrolls sideways in 300 pixels, whatever the answer", async () => {
    const { page, send } = await open(300);
    await send({ kind: "show", checkpoints: [wide, small] });
    const question = { ...asked, checkpoints: [wide, small] };
    const results = [answer("x".repeat(500)), refusal];
    await send({ kind: "answered", question, results });
    await page.locator("mark").waitFor();
    const overflow = await page
      .locator("html")
      .evaluate((html) => html.scrollWidth - html.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});

const tried = (name: string): TriedCheckpoint => ({
  ...{ directory: `/runs/demo/${name}/step-00000030`, name: `${name}, step 30`, place: "demo" },
});
const [wide, small] = [tried("wide"), tried("small")];

const asked = { prompt: "Call me <extra_id_0>.", strategy: greedy, maxTokens: 64 };

const answer = (text: string): GenerateResult => ({
  kind: "answers",
  answers: [
    {
      text: `<extra_id_0> ${text}`,
      filled: [
        { kind: "prompt", text: "Call me " },
        { kind: "filled", text },
        { kind: "prompt", text: "." },
      ],
      tokens: [5, 6, 7],
      logProbability: -12.345,
      ended: false,
    },
  ],
});

const refusal: GenerateResult = {
  ...{ kind: "failed", reason: "Cannot read text for /runs/small: it has no tokenizer" },
};
