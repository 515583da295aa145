import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findHub } from "../../server/protocol/find-hub";
import {
  listRuns,
  runsChanged,
  type RunState,
  type RunStatus,
  startRun,
} from "../../server/protocol/runs";
import { lockHolder } from "../../server/files/lock";
import { type RunService, type RunServiceOptions, runService } from "../../server/runs/run-service";
import { command, startCommand } from "../support/command-line";
import { distUrl } from "../support/dist";
import { trainerOf, weightsOf } from "../support/run-folder";
import { startLanguageServer } from "../support/language-server";
import { Viewer } from "../support/viewer";

const recipe = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { small: { preset: t5-nano } }
defaults:
  train: { inputs: 32, batch: 4, steps: 900, schedule: { kind: wsd, peak: 0.02 }, evaluate_every: 200,
           evaluate_examples: 8, checkpoint_every: 100, heatmaps_every: 200 }
stages:
  a: { train: small, seed: 1 }
  fused: { fuse: a, copies: 2, method: rule, fill: 0.1 }
`;

let directory: string;
const services: RunService[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-service-"));
  await writeFile(join(directory, "small.fusion.yaml"), recipe);
});

afterEach(async () => {
  for (const service of services.splice(0)) {
    await service.configure({ onClose: "stop" });
    const started = service.list().map(({ folder }) => folder);
    await service.close();
    for (const folder of started) await ended(folder);
  }
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function open(changes: Partial<RunServiceOptions> = {}): Promise<RunService> {
  const service = await runService({
    runtime: { cli: distUrl("cli.js") },
    roots: [directory],
    storage: join(directory, ".storage"),
    onClose: "continue",
    onChange: () => undefined,
    everyMs: 100,
    ...changes,
  });
  services.push(service);
  return service;
}

const folderOf = (name: string) => join(directory, "runs", name);

function start(service: RunService, name: string, signal?: AbortSignal) {
  const recipeFile = join(directory, "small.fusion.yaml");
  const params = { recipe: recipeFile, folder: folderOf(name), parallel: 1, threads: 1 };
  return service.start(params, signal);
}

async function until(service: RunService, name: string, isSo: (run: RunStatus) => boolean) {
  for (let looks = 0; looks < 4000; looks++) {
    const run = service.list().find(({ folder }) => folder === folderOf(name));
    if (run !== undefined && isSo(run)) return run;
    await sleep(50);
  }
  const last = service.list().find(({ folder }) => folder === folderOf(name));
  throw new Error(`Cannot wait any longer for ${name}: ${JSON.stringify(last)}`);
}

const inState = (state: RunState) => (run: RunStatus) => run.state === state;
const atStep = (stage: string, step: number) => (run: RunStatus) =>
  (run.stages.find(({ name }) => name === stage)?.step ?? 0) >= step;

/** Once it is written there. */
async function numberIn(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text !== "") return Number(text);
    await sleep(20);
  }
}

/** Nobody holds the run any more. */
async function ended(folder: string): Promise<void> {
  while ((await lockHolder(join(folder, ".lock"))) !== undefined) await sleep(50);
}

const range = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe("runService()", () => {
  it("starts a run whose records and heat maps arrive live, each once, over a reconnection", async () => {
    const service = await open();
    await start(service, "live");
    await until(service, "live", atStep("a", 1));
    const stream = { run: folderOf("live"), stage: "a" };
    const before = await Viewer.connect(service.address);
    before.follow(stream);
    await before.until(() => before.kept.steps.length > 100);
    await before.close();
    await sleep(500);
    const after = await Viewer.connect(service.address, before.kept);
    after.follow(stream);
    await after.until(() =>
      after.kept.others.some((other) => "event" in other && other.event === "done"),
    );
    expect(after.kept.steps).toEqual(range(900));
    const places = () => after.of("heat-maps").flatMap((frame) => frame.places);
    await after.until(() => places().some(({ step }) => step === 200));
    const wanted = places().find(({ step }) => step === 200)!;
    after.send({ kind: "heat-map", ...stream, at: wanted.at, step: 200, kernel: wanted.kernel });
    await after.until(() => after.of("heat-map").length > 0);
    const { map } = after.of("heat-map")[0]!;
    expect(map.values).toHaveLength(map.rows * map.columns);
    await after.close();
    expect(await until(service, "live", inState("done"))).toMatchObject({ resumable: false });
  });

  it("fails to start with the words of the command line, and leaves nothing", async () => {
    const service = await open();
    const bad = join(directory, "bad.fusion.yaml");
    await writeFile(bad, recipe.replace("t5-nano", "t5-nan"));
    await expect(
      service.start({ recipe: bad, folder: folderOf("bad"), parallel: 1 }),
    ).rejects.toThrow(/bad\.fusion\.yaml:3:28: error: models\.small\.preset: cannot be "t5-nan"/);
    expect(await readdir(join(directory, "runs"))).not.toContain("bad");
    await expect(service.control(folderOf("live"), "pause")).rejects.toThrow(
      "Cannot pause live: it is not running",
    );
    const beneath = { recipe: bad, folder: join(bad, "run"), parallel: 1 };
    await expect(service.start(beneath)).rejects.toThrow(/^Cannot run in .*bad.fusion.yaml/);
    const elsewhere = { recipe: join(directory, "small.fusion.yaml"), device: "cpu,gpu" };
    await expect(service.start({ ...elsewhere, folder: folderOf("elsewhere") })).rejects.toThrow(
      'there is no device "gpu"; there are cpu, webgpu, cuda, dml, coreml',
    );
    expect(await readdir(join(directory, "runs"))).not.toContain("elsewhere");
    await service.configure({ node: "/nowhere/node" });
    await expect(start(service, "no-node")).rejects.toThrow(
      /^Cannot start Node \(\/nowhere\/node\): .*; set deepFusion.node.path$/,
    );
    expect(await readdir(join(directory, "runs"))).not.toContain("no-node");
  });

  it("ends a start that is taken back, and leaves nothing of it", async () => {
    const never = join(directory, "never.mjs");
    await writeFile(
      never,
      `import { writeFileSync } from "node:fs";
      writeFileSync(${JSON.stringify(join(directory, "never.pid"))}, String(process.pid));
      setInterval(() => undefined, 1000);`,
    );
    const service = await open({ runtime: { cli: pathToFileURL(never) } });
    const taken = new AbortController();
    const starting = start(service, "never", taken.signal);
    const pid = await numberIn(join(directory, "never.pid"));
    taken.abort(new Error("taken back"));
    await expect(starting).rejects.toThrow("taken back");
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(await readdir(join(directory, "runs"))).not.toContain("never");
    await expect(start(service, "never", taken.signal)).rejects.toThrow("taken back");
  });
});

/** All in one run, for each takes long. */
describe("a run which the language server has started", () => {
  it("is told of by the server, found again after that was killed, and left when it ends", async () => {
    const workspace = { folder: directory, storage: join(directory, ".storage") };
    const folder = folderOf("disturbed");
    const killed = await startLanguageServer(workspace);
    const told: RunStatus[] = [];
    killed.connection.onNotification(runsChanged, ({ runs }) => {
      told.push(...runs.filter((run) => run.folder === folder));
    });
    const recipeFile = join(directory, "small.fusion.yaml");
    const params = { recipe: recipeFile, folder, parallel: 1, threads: 1 };
    expect(await killed.connection.sendRequest(startRun, params)).toEqual({ folder });
    while (!told.some(atStep("a", 20))) await sleep(50);
    const { token } = await killed.connection.sendRequest(findHub, undefined);
    const gone = once(killed.child, "exit");
    killed.child.kill("SIGKILL");
    await gone;
    killed.connection.dispose();

    const restarted = await startLanguageServer(workspace);
    const runs = await restarted.connection.sendRequest(listRuns, undefined);
    expect(runs.find((run) => run.folder === folder)).toMatchObject({
      state: "running",
      pid: told.at(-1)!.pid,
    });
    const hub = await restarted.connection.sendRequest(findHub, undefined);
    expect(hub.token).not.toBe(token);
    const viewer = await Viewer.connect(hub);
    viewer.follow({ run: folder, stage: "a" });
    await viewer.until(() => viewer.kept.steps.length > 60);
    await restarted.close();
    expect((await lockHolder(join(folder, ".lock")))?.pid).toBe(told.at(-1)!.pid);
    await viewer.close();
  });

  it("whose process is killed says so, once its trainer has saved and left", async () => {
    const service = await open();
    const { pid } = await until(service, "disturbed", inState("running"));
    process.kill(pid!, "SIGKILL");
    const failed = await until(service, "disturbed", inState("failed"));
    expect(failed.reason).toContain("its process ended without a word");
    expect(failed.stages[0]).toMatchObject({ state: "stopped" });
  });

  it("whose trainer dies says why", async () => {
    const service = await open();
    await resumed(service);
    const trainer = await trainerOf(folderOf("disturbed"), "a");
    expect(getPriority(trainer)).toBeGreaterThan(getPriority());
    process.kill(trainer, "SIGKILL");
    const failed = await until(service, "disturbed", inState("failed"));
    expect(failed.reason).toMatch(/^a: the trainer was killed.*smaller micro_batch/);
    expect(failed.resumable).toBe(true);
  });

  it("is stopped when the window closes, where the user wants that", async () => {
    const service = await open({ onClose: "stop" });
    await resumed(service);
    services.pop();
    await service.close();
    await ended(folderOf("disturbed"));
    const next = await open();
    expect(await until(next, "disturbed", inState("stopped"))).toMatchObject({ resumable: true });
  });

  it("is stopped where the command line has it as well", async () => {
    const service = await open();
    const { ended: cli } = startCommand(directory, "resume", "runs/disturbed");
    const found = await goesOn(service);
    expect(found.stages[0]!.latest).toMatchObject({ memory_bytes: expect.any(Number) as number });
    await service.control(folderOf("disturbed"), "stop");
    const { code, stderr } = await cli;
    expect(code).toBe(1);
    expect(stderr).toContain("or: npx deep-fusion resume runs");
    const stopped = await until(service, "disturbed", inState("stopped"));
    expect(stopped).toMatchObject({ resumable: true });
  });

  it("pauses, waits, and goes on to the bytes of one that nothing happened to", async () => {
    const service = await open();
    const { pid } = await resumed(service);
    await service.control(folderOf("disturbed"), "pause");
    const paused = await until(service, "disturbed", inState("paused"));
    expect(paused).toMatchObject({ pid, resumable: true });
    const { step, state } = paused.stages[0]!;
    expect(state).toBe("stopped");
    const { stdout } = await command(directory, "status", "runs/disturbed");
    expect(stdout).toContain(`paused, process ${pid}`);
    await sleep(500);
    expect(paused.stages[0]!.step).toBe(step);
    await service.resume(folderOf("disturbed"));
    await until(service, "disturbed", inState("running"));
    await service.control(folderOf("disturbed"), "pause");
    await until(service, "disturbed", inState("paused"));
    const again = await command(directory, "resume", "runs/disturbed");
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain(`was paused; its process ${pid} goes on`);
    await until(service, "disturbed", inState("done"));
    expect(await weightsOf(folderOf("disturbed"))).toEqual(await weightsOf(folderOf("live")));
  });

  /** Has the service resume the run. */
  async function resumed(service: RunService): Promise<RunStatus> {
    await until(service, "disturbed", ({ resumable }) => resumable);
    await service.resume(folderOf("disturbed"));
    return goesOn(service);
  }

  /** Whoever has resumed it. */
  async function goesOn(service: RunService): Promise<RunStatus> {
    const before = stepOf(await until(service, "disturbed", () => true));
    return until(service, "disturbed", (run) => stepOf(run) > before && run.state === "running");
  }

  function stepOf(run: RunStatus): number {
    return run.stages.find(({ name }) => name === "a")?.step ?? 0;
  }
});
