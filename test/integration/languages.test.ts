import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runService, type RunService } from "../../server/runs/run-service";
import { launchBrowser } from "../support/browser";
import { distUrl } from "../support/dist";
import { pseudoBundle, unmarked } from "../support/languages";
import { sampleKernels, writeSampleRun } from "../support/sample-run";
import { openWebview, type Webview, type WebviewOptions } from "../support/webview-host";

let folder: string;
let browser: Browser;
let service: RunService;
let view: Webview | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-languages-"));
  await writeSampleRun(folder, { name: "sample", steps: 100 });
  service = await runService({
    runtime: { cli: distUrl("cli.js") },
    roots: [folder],
    onClose: "continue",
    onChange: () => undefined,
  });
  browser = await launchBrowser();
});

afterEach(async () => {
  await view?.close();
  view = undefined;
});

afterAll(async () => {
  await browser.close();
  await service.close();
  await rm(folder, { recursive: true });
});

async function open(page: WebviewOptions["page"]): Promise<Webview> {
  const bundle = pseudoBundle();
  view = await openWebview({ browser, page, bundle, hub: service.address, width: 700 });
  return view;
}

describe("in a language of the reader's, every word", () => {
  it("of the training panel comes from the bundle", async () => {
    const { page, send } = await open("panel");
    const source = ["stage", "defaults", "program"] as const;
    const field = (from: number) => ({ value: 1, source: source[from]! });
    const fields = { learning_rate: field(0), steps: field(1), batch: field(2), seed: field(0) };
    const stages = [{ name: "wide", fields }];
    const recipes = [2, 1].map((errors) => {
      const file = `/r${errors}.fusion.yaml`;
      return { file, name: `sample ${errors}`, errors, stages };
    });
    await send({ kind: "recipes", trusted: false, recipes });
    await page.locator(".run .spark").waitFor();
    await page.locator("#field-seed-\\/r2\\.fusion\\.yaml").fill("-1");
    await page.keyboard.press("Enter");
    await page.getByText("⟦must be a whole number of at least 0⟧").waitFor();
    const data = [...stageNames, "sample", "CPU", "graph", "GB", "/r2.fusion.yaml", folder];
    expect(await words(page, data)).toEqual([]);
  });

  it("of the dashboard comes from the bundle", async () => {
    const { page } = await open("dashboard");
    await page.locator(".heatmap-figure").last().waitFor();
    for (const summary of await page.locator("summary").all()) await summary.click();
    await page.locator(".plot").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("checkbox", { name: "⟦count the parents' cost⟧" }).check();
    const data = [
      ...stageNames,
      ...sampleKernels,
      folder,
      "sample",
      "property",
      "rule",
      "PNG",
      "CSV",
      "min",
    ];
    expect(await words(page, data)).toEqual([]);
  });

  it("of a safetensors file's page comes from the bundle", async () => {
    const { page, send } = await open("tensors");
    const entry = { dtype: "F32", sizeBytes: 16 };
    const tensors = [
      { ...entry, name: "k.one", shape: [2, 2] },
      { ...entry, name: "k.two", shape: [] },
    ];
    const file = {
      name: "m.safetensors",
      sizeBytes: 99,
      metadata: { format: "pt" },
      tensors,
      shards: ["m.safetensors", "n.safetensors"],
    };
    await send({ kind: "file", file });
    await page.getByRole("row", { name: "k.one" }).click();
    const range = { min: -4, max: 3, mean: -0.5, std: 2.69, norm: 5.48 };
    const statistics = { count: 4, ...range, zeros: 0, notFinite: 0, histogram: [1, 1, 1, 1] };
    const values = Float32Array.of(1, -2, 3, -4).buffer;
    const borders = { rowBorders: [], columnBorders: [] };
    const picture = { rows: 2, columns: 2, shape: [2, 2], ...borders, values };
    await send({ kind: "tensor", name: "k.one", statistics, picture });
    await page.locator(".heatmap").focus();
    await page.keyboard.press("ArrowRight");
    for (const summary of await page.locator("summary").all()) await summary.click();
    expect(
      await words(page, [
        "m.safetensors",
        "n.safetensors",
        "k.one",
        "k.two",
        // Of names that may be broken at their dots.
        "one",
        "two",
        "F32",
        "format",
        "pt",
      ]),
    ).toEqual([]);
  });

  it("of the page where checkpoints are tried comes from the bundle", async () => {
    const { page, send } = await open("trying");
    const tried = { directory: "/r/qq", name: "qq", place: "rr" };
    const checkpoints = [tried, { ...tried, directory: "/r/ss", name: "ss" }];
    await send({ kind: "show", checkpoints });
    const filled = [
      { kind: "filled", text: "" },
      { kind: "left", text: "<extra_id_1>" },
    ];
    const answer = { text: "", filled, tokens: [5], logProbability: -1, ended: false };
    const results = [
      { kind: "answers", answers: [answer, answer] },
      { kind: "failed", reason: "vv" },
    ];
    const sampling = { temperature: 1, topK: 2, topP: 1, seed: 0 };
    for (const strategy of [
      { kind: "sample", samples: 2, sampling },
      { kind: "beam", beams: 2, lengthPenalty: 1 },
    ]) {
      const question = { prompt: "uu", strategy, maxTokens: 1, checkpoints };
      await send({ kind: "answered", question, results });
    }
    for (const summary of await page.locator("summary").all()) await summary.click();
    await page.getByLabel("⟦sampling⟧").check();
    await page.getByLabel("⟦temperature⟧").fill("0");
    await send({ kind: "standing", standing: "answering" });
    await send({ kind: "progress", done: 1, of: 2 });
    const sentinels = ["<extra_id_0>", "<extra_id_1>", "Call me "];
    expect(await words(page, ["qq", "rr", "ss", "uu", "vv", ...sentinels])).toEqual([]);
  });
});

const stageNames = ["baseline", "compare", "fused", "grown", "self", "small_longer", "wide"];

/** What is seen or read aloud, without what a translator has written and what is the data's own. */
async function words(page: Page, data: readonly string[]): Promise<string[]> {
  const texts = await page.locator("main *").evaluateAll(
    (nodes, attributes) =>
      nodes
        .filter((node) => node.checkVisibility())
        .flatMap((node) => [
          ...Array.from(node.childNodes, (child) =>
            child.nodeType === 3 ? child.nodeValue : null,
          ),
          ...attributes.map((name) => node.getAttribute(name)),
        ])
        .filter((text) => text !== null),
    spoken,
  );
  return texts.flatMap((text) => unmarked(text, data).map((word) => `${word} in "${text}"`));
}

const spoken = [
  ...["aria-label", "aria-valuetext", "aria-roledescription", "title", "placeholder", "alt"],
];
