/**
 * The dashboard in a real Chromium: a run of a million steps, recorded as a trainer records it, from opening the page
 * to its curves on the screen (at a glance), and to every record there; and one large heat map.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { StepRecord } from "../../server/protocol/metrics";
import type { RunRecord } from "../../server/protocol/run";
import type { TensorPicture } from "../../server/protocol/tensors";
import { openRunLog } from "../../server/metrics/run-log";
import { runService } from "../../server/runs/run-service";
import { launchBrowser } from "../support/browser";
import { openWebview, type Webview } from "../support/webview-host";
import { median } from "./median";
import { benchResult, type Bench, type BenchContext, type BenchResult } from "./result";
import { inScratch } from "./scratch";

const steps = 1_000_000;
const allowedOpenMs = 1000;
const trials = 5;
const cells = 2048;
const allowedPaintMs = 16;

export const dashboardBench: Bench = {
  name: "dashboard",
  summary: "a million steps from opening to drawn in under 1 s, a 2048 x 2048 heat map in 16 ms",
  run: (context) => inScratch((folder) => run(folder, context)),
};

async function run(folder: string, context: BenchContext): Promise<readonly BenchResult[]> {
  const browser = await launchBrowser();
  try {
    context.progress(`dashboard: writing a log of ${steps} steps`);
    await writeLongRun(join(folder, "runs", "long"));
    context.progress("dashboard: opening it");
    const open = await openMilliseconds(browser, folder, context.dist);
    context.progress("dashboard: drawing heat maps");
    const paintMs = await paintMilliseconds(browser, context.dist);
    return [
      benchResult("dashboard/open", { value: open.drawn, unit: "ms", reference: allowedOpenMs }),
      benchResult("dashboard/every-record", { value: open.whole, unit: "ms" }),
      benchResult("dashboard/heat-map", { value: paintMs, unit: "ms", reference: allowedPaintMs }),
    ];
  } finally {
    await browser.close();
  }
}

/** From opening the page, medians; the hub reads the run anew each time. */
async function openMilliseconds(
  browser: Browser,
  folder: string,
  dist: URL,
): Promise<{ readonly drawn: number; readonly whole: number }> {
  const service = await runService({
    runtime: { cli: new URL("cli.js", dist) },
    roots: [folder],
    onClose: "continue",
    onChange: () => undefined,
  });
  const times = { drawn: [] as number[], whole: [] as number[] };
  try {
    for (let trial = 0; trial < trials; trial++) {
      const assets = new URL("webview/", dist);
      const view = await openWebview({ browser, page: "dashboard", hub: service.address, assets });
      times.drawn.push(await markedAt(view, "drawn"));
      times.whole.push(await markedAt(view, "caught-up"));
      await view.close();
    }
    return { drawn: median(times.drawn), whole: median(times.whole) };
  } finally {
    await service.close();
  }
}

async function markedAt({ page }: Webview, name: string): Promise<number> {
  await page.waitForFunction((mark) => performance.getEntriesByName(mark).length > 0, name, {
    timeout: 60_000,
  });
  return page.evaluate((mark) => performance.getEntriesByName(mark)[0]!.startTime, name);
}

/** Median over frames of different values: cells to pixels on the canvas, as every frame that is played. */
async function paintMilliseconds(browser: Browser, dist: URL): Promise<number> {
  const view = await openWebview({
    browser,
    page: "tensors",
    assets: new URL("webview/", dist),
  });
  try {
    const { page } = view;
    const name = "encoder.block.0.layer.0.SelfAttention.q.weight";
    const shape = [cells, cells] as const;
    await view.send({
      kind: "file",
      file: {
        name: "model.safetensors",
        sizeBytes: 4 * cells * cells,
        metadata: {},
        shards: [],
        tensors: [{ name, dtype: "F32", shape, sizeBytes: 4 * cells * cells }],
      },
    });
    await page.getByRole("row", { name }).click();
    const values = Float32Array.from({ length: cells * cells }, (_, i) => Math.sin(i * i));
    const picture: TensorPicture = {
      rows: cells,
      columns: cells,
      shape,
      rowBorders: [],
      columnBorders: [],
      values: values.buffer,
    };
    const statistics = {
      count: values.length,
      min: -1,
      max: 1,
      mean: 0,
      std: 0.7,
      norm: 1,
      zeros: 0,
      notFinite: 0,
      histogram: [],
    };
    await view.send({ kind: "tensor", name, statistics, picture });
    const slider = page.getByRole("slider", { name: "contrast" });
    await slider.waitFor();
    // Each move of the slider paints the same cells on another scale.
    const times = await slider.evaluate((input: HTMLInputElement) => {
      const measured: number[] = [];
      for (let trial = 0; trial < 40; trial++) {
        input.value = String(trial % 10);
        const start = performance.now();
        input.dispatchEvent(new Event("input"));
        measured.push(performance.now() - start);
      }
      return measured;
    });
    return median(times);
  } finally {
    await view.close();
  }
}

async function writeLongRun(folder: string): Promise<void> {
  await mkdir(join(folder, "a"), { recursive: true });
  const record: RunRecord = {
    version: 1,
    name: "long",
    created_by: "deep-fusion bench",
    started_at: "2026-01-05T09:30:00.000Z",
    engine: "graph",
    device: "cpu",
    threads: 1,
    stages: { a: { kind: "train", state: "done", inputs_sha256: "", step: steps, steps } },
  };
  await writeFile(join(folder, "run.json"), JSON.stringify(record));
  const log = await openRunLog(join(folder, "a", "log.jsonl"));
  for (let step = 1; step <= steps; step++) {
    log.append(stepRecord(step));
    if (step % 8192 === 0) await log.flush();
  }
  await log.close();
}

function stepRecord(step: number): StepRecord {
  const loss = 2 + 5 / Math.sqrt(step) + 0.1 * Math.sin(step * step);
  return {
    step,
    loss: Math.fround(loss),
    accuracy: Math.fround(Math.exp(-loss)),
    learning_rate: 1 / Math.sqrt(step + 10_000),
    gradient_norm: Math.fround(0.5 + 0.2 * Math.cos(step * step)),
    tokens: 2208 * step,
    flops: 1.5e9 * step,
    seconds: 0.026 + 0.001 * Math.sin(step),
    memory_bytes: 9e8 + 4096 * (step % 1000),
  };
}
