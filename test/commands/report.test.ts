import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { report, type ReportOptions } from "../../server/commands/report";
import { readReportRun } from "../../server/commands/report-run";
import { writeSampleRun } from "../support/sample-run";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-report-"));
  await writeFile(join(folder, "report.js"), "let end = '</script>';");
  await writeFile(join(folder, "report.css"), "p { margin: 0 }");
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function options(...runs: string[]): ReportOptions {
  return {
    runs,
    out: join(folder, "out", "report.html"),
    assets: new URL(`file://${folder}/`),
    createdBy: "deep-fusion test",
    now: () => new Date(0),
  };
}

describe("report()", () => {
  it("writes one page that names its runs and loads nothing", async () => {
    const run = await writeSampleRun(folder, { name: "sample", steps: 20 });
    const result = await report(options(run));
    expect(result).toMatchObject({ runs: ["sample"], stages: 9 });
    const html = await readFile(result.file, "utf8");
    expect(html.length).toBe(result.bytes);
    expect(html).toContain("<title>Deep Fusion: sample</title>");
    expect(html).toContain("default-src 'none'");
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).not.toMatch(/src=|https?:\/\//);
  });

  it("says what it needs of a folder that no run made, and writes nothing", async () => {
    await expect(report(options(folder))).rejects.toThrow(
      `Cannot use ${folder} as a run's folder: it has no run.json`,
    );
    expect(await readdir(folder)).not.toContain("out");
  });

  it("names the file that is not JSON", async () => {
    await writeFile(join(folder, "run.json"), "{");
    await expect(report(options(folder))).rejects.toThrow(
      `Cannot read ${join(folder, "run.json")}: it is not JSON`,
    );
  });
});

describe("readReportRun()", () => {
  it("finds parents in the frozen recipe, sizes and lineage in the checkpoints", async () => {
    const run = await readReportRun(await writeSampleRun(folder, { name: "sample", steps: 20 }));
    const fused = run.stages.find(({ name }) => name === "fused");
    expect(fused?.parents).toEqual(["a", "b"]);
    expect(fused?.model).toBe("2 + 2 layers, d_model 96 = 48 + 48, 4 heads");
    expect(fused?.lineage?.operation.kind).toBe("fused");
    expect(run.stages.find(({ name }) => name === "small_longer")?.series?.step).toEqual({
      kind: "linear",
      first: 1,
      increment: 1,
      count: 96,
    });
  });

  it("puts parents before children, whatever the order of run.json", async () => {
    const path = await writeSampleRun(folder, { name: "sample", steps: 20 });
    const file = join(path, "run.json");
    const record = JSON.parse(await readFile(file, "utf8")) as { stages: Record<string, unknown> };
    const stages = Object.fromEntries(Object.entries(record.stages).reverse());
    await writeFile(file, JSON.stringify({ ...record, stages }));
    const names = (await readReportRun(path)).stages.map(({ name }) => name);
    expect(names.indexOf("fused")).toBeGreaterThan(names.indexOf("b"));
    expect(names.at(-1)).toBe("compare");
  });

  it("shows a run whose stages have not started", async () => {
    const path = await writeSampleRun(folder, { name: "sample", steps: 20 });
    await rm(join(path, "wide"), { recursive: true });
    const wide = (await readReportRun(path)).stages.find(({ name }) => name === "wide");
    expect(wide).toMatchObject({ heldout: [], heatMaps: [] });
    expect(wide).not.toHaveProperty("series");
  });
});
