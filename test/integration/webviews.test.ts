import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openHeatMapFile } from "../../server/metrics/heatmap-file";
import { openRunLog } from "../../server/metrics/run-log";
import { runService, type RunService } from "../../server/runs/run-service";
import type { DoctorAnswer } from "../../server/protocol/engines";
import { command } from "../support/command-line";
import { stepRecord } from "../metrics/support/log-lines";
import { launchBrowser } from "../support/browser";
import { distUrl } from "../support/dist";
import { sampleKernels, writeSampleRun } from "../support/sample-run";
import { openWebview, type Webview, type WebviewOptions } from "../support/webview-host";

let folder: string;
let run: string;
let browser: Browser;
let service: RunService;
let view: Webview | undefined;

/** The runs below a folder. */
function serve(root: string): Promise<RunService> {
  return runService({
    runtime: { cli: distUrl("cli.js") },
    roots: [root],
    onClose: "continue",
    onChange: () => undefined,
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-webviews-"));
  run = await writeSampleRun(folder, { name: "sample", steps: 100 });
  service = await serve(folder);
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

type Asked =
  | { readonly kind: "follow" | "hello" }
  | { readonly kind: "heat-map"; readonly stage: string; readonly step: number };

async function open(options: Partial<WebviewOptions> = {}): Promise<Webview> {
  view = await openWebview({ browser, page: "dashboard", hub: service.address, ...options });
  return view;
}

describe("the dashboard", () => {
  it("shows a run's stages, curves and kernels over its own connection", async () => {
    const { page, relayed } = await open();
    await page.locator(".connection", { hasText: /^live$/ }).waitFor();
    await page.getByRole("heading", { name: "Kernels" }).waitFor();
    await page.locator(".heatmap-figure").last().waitFor();
    expect(await page.getByRole("listitem").count()).toBe(9);
    await page.getByRole("listitem", { name: "fused: property, exact 3e-7" }).waitFor();
    expect(relayed()).toBe(0);
    expect(await page.locator(".summary").innerText()).toContain(
      "wide is at held-out loss 1.752; baseline's lowest so far is 1.747",
    );
  });

  it("goes through the extension host where it may not connect, and loses no point when that is cut", async () => {
    const { page, relayed, cutRelay } = await open({ direct: "forbidden" });
    await page.locator(".connection", { hasText: /^live$/ }).waitFor();
    expect(relayed()).toBeGreaterThan(0);
    expect(await lastStep(page, "a")).toBe("100");
    cutRelay();
    const log = await openRunLog(join(run, "a", "log.jsonl"));
    log.append({ step: 101, heldout_loss: 2, heldout_accuracy: 0.4 });
    await log.close();
    await expect.poll(() => lastStep(page, "a")).toBe("101");
  });

  it("says why there is no hub, and goes on once there is one", async () => {
    view = await openWebview({ browser, page: "dashboard" });
    const { page, send } = view;
    const reason = "Cannot open the metrics hub on 127.0.0.1: not permitted";
    await send({ kind: "hub", address: undefined, reason });
    await page.getByText(reason).waitFor();
    await send({ kind: "hub", address: service.address });
    await page.locator(".connection", { hasText: /^live$/ }).waitFor();
    await page.getByRole("heading", { name: "Kernels" }).waitFor();
  });

  it("is as it was after a reload", async () => {
    const { page } = await open();
    await page.getByLabel("FLOPs", { exact: true }).check();
    await page.getByRole("checkbox", { name: "baseline" }).uncheck();
    await page.reload();
    await page.getByRole("checkbox", { name: "baseline" }).waitFor();
    expect(await page.getByLabel("FLOPs", { exact: true }).isChecked()).toBe(true);
    expect(await page.getByRole("checkbox", { name: "baseline" }).isChecked()).toBe(false);
  });

  it("settles on a kernel where the fusion shows, however late its pictures are listed", async () => {
    const late: (() => void)[] = [];
    const { page } = await open({
      before: (page) =>
        page.routeWebSocket(/^ws:/, (socket) => {
          socket.connectToServer().onMessage((frame) => {
            const isFirst = String(frame).includes('"stage":"a"');
            const isList = String(frame).includes('"kind":"heat-maps"') && !isFirst;
            const pass = () => {
              socket.send(frame);
            };
            if (isList) late.push(pass);
            else pass();
          });
        }),
    });
    const stage = page.getByLabel("stage", { exact: true });
    await expect.poll(() => stage.inputValue()).toBe(`${run}/a`);
    await page.waitForFunction(() => performance.getEntriesByName("caught-up").length > 0);
    for (const pass of late) pass();
    await expect.poll(() => stage.inputValue()).toBe(`${run}/wide`);
    expect(await page.locator(".chart .empty:visible").count()).toBe(0);
  });

  it("shows the newest picture that is here while a newer one is on its way", async () => {
    /** By stage; of each it is asked for first. */
    const newest = new Map<string, number>();
    const { page } = await open({
      before: (page) =>
        page.routeWebSocket(/^ws:/, (socket) => {
          const server = socket.connectToServer();
          socket.onMessage((message) => {
            const asked = JSON.parse(String(message)) as Asked;
            if (asked.kind === "heat-map" && !newest.has(asked.stage)) {
              newest.set(asked.stage, asked.step);
            }
            const isNewest = asked.kind === "heat-map" && asked.step === newest.get(asked.stage);
            if (!isNewest) server.send(message);
          });
        }),
    });
    const map = page.locator(".heatmap-figure[aria-busy=true]");
    await map.locator("canvas").waitFor();
    const [, stage, step] = /(\w+), step (\d+)/.exec(await map.innerText())!;
    expect(Number(step)).toBeLessThan(newest.get(stage!)!);
  });

  it("hands curves over as figures and as a picture", async () => {
    const { page, posted } = await open();
    await page.locator(".heatmap-figure").last().waitFor();
    await page.getByRole("button", { name: "Save the figures of Loss as CSV" }).click();
    await page.getByRole("button", { name: "Save Loss as a picture" }).click();
    const saved = (ending: string): { readonly contents: string } | undefined =>
      (posted as unknown as readonly { fileName?: string; contents: string }[]).find(
        ({ fileName }) => fileName?.endsWith(ending) === true,
      );
    await expect.poll(() => saved(".csv") !== undefined).toBe(true);
    await expect.poll(() => saved(".png") !== undefined).toBe(true);
    const [csv, png] = [saved(".csv"), saved(".png")];
    expect(csv?.contents.split("\r\n")[1]).toMatch(/^a,training,1,1,\d/);
    expect(
      Buffer.from(png?.contents ?? "")
        .subarray(1, 4)
        .toString("latin1"),
    ).toBe("PNG");
  });

  it("hands a heat map over as figures and as a picture, named after what it shows", async () => {
    const { page, posted } = await open();
    const figure = page.locator(".heatmap-figure", { hasText: "wide, step" });
    await figure.getByRole("button", { name: "Save the figures of the heat map as CSV" }).click();
    await figure.getByRole("button", { name: "Save the heat map as a picture" }).click();
    const saves = () =>
      posted.filter(({ kind }) => kind === "save") as unknown as readonly {
        readonly fileName: string;
        readonly contents: string;
      }[];
    await expect.poll(() => saves().length, { timeout: 15_000 }).toBe(2);
    const [csv, png] = [...saves()].sort((a, b) => a.fileName.localeCompare(b.fileName));
    expect(csv!.fileName).toMatch(/^wide-step-120-encoder-block-0-.*-q-weight\.csv$/);
    expect(csv!.contents.split("\r\n")[1]).toMatch(/^encoder\.block.*,120,0,\d+,0,\d+,-?\d/);
    expect(Buffer.from(png!.contents).subarray(1, 4).toString("latin1")).toBe("PNG");
  });

  it("plays thousands of recorded steps in half a minute, and says which it skips", async () => {
    const parent = await mkdtemp(join(tmpdir(), "deep-fusion-pictures-"));
    const many = await writeSampleRun(parent, { name: "many", steps: 10 });
    await addPictures(join(many, "a"), { from: 11, to: 3010 });
    const other = await serve(parent);
    try {
      const { page } = await open({ hub: other.address, before: (each) => each.clock.install() });
      await page.getByLabel("stage", { exact: true }).selectOption(`${many}/a`);
      const player = page.locator(".player");
      await player.getByText("step 3,010").waitFor();
      await player.getByRole("slider").fill("0");
      await player.getByRole("button", { name: "Play" }).click();
      await player.getByText("plays one in 26 of 3,009 recorded steps").waitFor();
      await page.clock.runFor(31_000);
      await player.getByText("step 3,010").waitFor();
      await player.getByRole("button", { name: "Play" }).waitFor();
      expect(await player.getByText("recorded steps").isVisible()).toBe(false);
    } finally {
      await other.close();
      await rm(parent, { recursive: true });
    }
  });

  it("shows a long run at a glance, and hands over every one of its figures", async () => {
    const steps = 100_000;
    const parent = await mkdtemp(join(tmpdir(), "deep-fusion-long-"));
    const long = await writeSampleRun(parent, { name: "long", steps: 10 });
    const log = await openRunLog(join(long, "a", "log.jsonl"));
    for (let step = 11; step <= steps; step++) log.append(stepRecord(step));
    await log.close();
    const other = await serve(parent);
    try {
      const { page, posted } = await open({ hub: other.address });
      await page.waitForFunction(() => performance.getEntriesByName("drawn").length > 0);
      await page.getByRole("button", { name: "Save the figures of Loss as CSV" }).click();
      const saves = (): number => posted.filter(({ kind }) => kind === "save").length;
      await expect.poll(saves).toBe(1);
      const [csv] = posted.filter(({ kind }) => kind === "save") as unknown as {
        readonly contents: string;
      }[];
      const rows = csv!.contents.split("\r\n").filter((row) => row.startsWith("a,training,"));
      expect(rows).toHaveLength(steps);
      expect(rows[54_320]).toBe(`a,training,54321,54321,${stepRecord(54_321).loss}`);
      const [drawn, whole] = await page.evaluate(() =>
        ["drawn", "caught-up"].map((name) => performance.getEntriesByName(name)[0]!.startTime),
      );
      expect(drawn).toBeLessThanOrEqual(whole!);
    } finally {
      await other.close();
      await rm(parent, { recursive: true });
    }
  });

  for (const width of [300, 1200])
    it(`never scrolls sideways at ${width} pixels`, async () => {
      const { page } = await open({ width });
      await page.locator(".heatmap-figure").last().waitFor();
      const overflow = await page
        .locator("html")
        .evaluate((html) => html.scrollWidth - html.clientWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    });
});

describe("the training panel", () => {
  it("edits the recipe, refuses what cannot be, and starts it", async () => {
    const { page, posted, send } = await open({ page: "panel", width: 300 });
    const field = (value: number) => ({ value, source: "stage" }) as const;
    const fields = {
      learning_rate: field(0.02),
      steps: field(30),
      batch: field(4),
      seed: field(1),
    };
    await send({
      kind: "recipes",
      trusted: true,
      recipes: [{ file: "/r.fusion.yaml", name: "r", errors: 0, stages: [{ name: "a", fields }] }],
    });
    await page.getByLabel("steps").fill("0");
    await page.getByLabel("steps").press("Enter");
    expect(await page.getByText("must be a whole number of at least 1").isVisible()).toBe(true);
    await page.getByLabel("steps").fill("50");
    await page.getByLabel("steps").press("Enter");
    const asked = () => posted.filter(({ kind }) => kind !== "ready");
    const edit = { kind: "edit", recipe: "/r.fusion.yaml", stage: "a", field: "steps", value: 50 };
    await expect.poll(asked).toEqual([edit]);
    await page.getByText("must be a whole number").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Start" }).click();
    await expect.poll(asked).toEqual([edit, { kind: "start", recipe: "/r.fusion.yaml" }]);
  });

  it("asks for the engines when they are first wanted, and lists what doctor finds", async () => {
    const { page, posted, send } = await open({ page: "panel", width: 300 });
    const asked = () => posted.filter(({ kind }) => kind === "examine-engines").length;
    const section = page.locator("details", { hasText: "Engines and devices" });
    const summary = section.locator("summary");
    expect(asked()).toBe(0);
    await summary.click();
    await section.getByText("Looking at the engines").waitFor();
    await expect.poll(asked).toBe(1);
    const { stdout } = await command(folder, "doctor", "--json");
    const answer = JSON.parse(stdout) as DoctorAnswer;
    await send({ kind: "engines", found: { answer } });
    const graph = section.getByRole("listitem").filter({ hasText: "graph on CPU: usable" });
    expect(await graph.innerText()).toMatch(/[\d.]+ steps\/s, [\d.]+ GFLOP\/s, .*onnxruntime/);
    const unusable = answer.engines.filter(({ usable }) => !usable);
    expect(unusable.length).toBeGreaterThan(0);
    for (const { reason } of unusable) await section.getByText(reason).first().waitFor();
    await summary.click();
    await summary.click();
    expect(asked()).toBe(1);
    await section.getByRole("button", { name: "Look again" }).click();
    await expect.poll(asked).toBe(2);
    await send({ kind: "engines", found: { failed: "Cannot start Node" } });
    await section.getByText("Cannot start Node").waitFor();
  });
});

describe("the page of a safetensors file", () => {
  it("finds a tensor by name, asks for it, and shows its values", async () => {
    const { page, posted, send } = await open({ page: "tensors" });
    const entry = { dtype: "F32", shape: [2, 2], sizeBytes: 16 };
    const names = ["<img src=x onerror=alert(1)>", "decoder.final"];
    const tensors = names.map((name) => ({ ...entry, name }));
    const file = {
      name: "m.safetensors",
      sizeBytes: 99,
      metadata: { format: "pt" },
      tensors,
      shards: [],
    };
    await send({ kind: "file", file });
    expect(await page.locator("img").count()).toBe(0);
    await page.getByLabel("Filter tensors").fill("final");
    await page.getByRole("row", { name: "decoder.final" }).click();
    await expect.poll(() => posted.at(-1)).toEqual({ kind: "inspect", name: "decoder.final" });
    const values = Float32Array.of(1, -2, 3, -4).buffer;
    const statistics = {
      count: 4,
      min: -4,
      max: 3,
      mean: -0.5,
      std: 2.69,
      norm: 5.48,
      zeros: 0,
      notFinite: 0,
      histogram: [1, 1, 1, 1],
    };
    const borders = { rowBorders: [], columnBorders: [] };
    const picture = { rows: 2, columns: 2, shape: [2, 2], ...borders, values };
    await send({ kind: "tensor", name: "decoder.final", statistics, picture });
    await page.locator(".heatmap").focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator(".cell-value").innerText()).toBe("row 1, column 1: -4");
  });

  it("goes to a tensor that is not among the rows shown, and to another of its shards", async () => {
    const { page, posted, send } = await open({ page: "tensors" });
    const tensors = Array.from({ length: 3000 }, (_, index) => ({
      ...{ name: `k${index}.weight`, dtype: "F32", shape: [1], sizeBytes: 4 },
    }));
    const shards = ["m-1.safetensors", "m-2.safetensors"];
    await send({
      kind: "file",
      file: { name: shards[0], sizeBytes: 99, metadata: {}, tensors, shards },
    });
    await page.getByText("the first 2,000 of 3,000: filter by name").waitFor();
    await send({ kind: "choose", name: "k2999.weight" });
    await page.getByLabel("file 1 of 2").selectOption(shards[1]!);
    await expect
      .poll(() => posted.slice(1))
      .toEqual([
        { kind: "inspect", name: "k2999.weight" },
        { kind: "open-shard", file: shards[1] },
      ]);
    expect(await page.getByLabel("file 1 of 2").inputValue()).toBe(shards[0]);
  });
});

/** Small ones, of one kernel, at each step. */
async function addPictures(
  stage: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const file = await openHeatMapFile(join(stage, "heatmaps.bin"));
  const size = { rows: 2, columns: 2, shape: [2, 2], rowBorders: [], columnBorders: [] } as const;
  for (let step = from; step <= to; step++)
    file.append({ step, kernel: sampleKernels[0], ...size, values: Float32Array.of(1, 2, 3, 4) });
  await file.close();
}

/** Of a stage in the loss chart's table, opened if need be. */
async function lastStep(page: Webview["page"], stage: string): Promise<string | undefined> {
  const details = page.locator(".chart details").first();
  if ((await details.getAttribute("open")) === null) await details.locator("summary").click();
  await details.locator("tbody tr").first().waitFor();
  const rows = await details
    .locator("tbody tr")
    .evaluateAll((all) => all.map((row) => Array.from(row.children, (cell) => cell.textContent)));
  return rows.findLast(([name]) => name === stage)?.[1];
}
