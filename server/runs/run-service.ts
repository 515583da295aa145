/**
 * All runs, found and watched on the disk, and what can be done with them. Nothing is kept in memory that a restarted
 * server would not find again: runs are processes of their own, and their folders say everything.
 */
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isDiskFull } from "../files/system-reason";
import { ColumnsMaker } from "../metrics/columns-maker";
import { type Hub, type HubOptions, openHub } from "../metrics/hub";
import type { StreamFiles } from "../metrics/hub-stream";
import type { HubAddress, StreamName } from "../protocol/hub";
import type {
  ControlRequest,
  OnClose,
  RunFolder,
  RunState,
  RunStatus,
  StartRunParams,
} from "../protocol/runs";
import { type ControlFile, writeControl } from "../recipe/control-file";
import { runFiles, stageFolder } from "../recipe/run-folder";
import { heatMapFile, logFile } from "../training/stage-folder";
import { findNewRuns, findRuns } from "./find-runs";
import { launchResume, launchRun, type Runtime } from "./launch";
import { Registry } from "./registry";
import { readStatus } from "./run-status";
import { StageParents } from "./stage-parents";

export interface RunServiceOptions {
  readonly runtime: Runtime;
  /** The workspace's folders. */
  readonly roots: readonly string[];
  /** A folder of the editor's, to remember runs elsewhere; absent: they are forgotten. */
  readonly storage?: string;
  readonly onClose: OnClose;
  /** All runs, newest first; at most once in `everyMs`. */
  readonly onChange: (runs: readonly RunStatus[]) => void;
  /** How often running runs are looked at. */
  readonly everyMs?: number;
  /** Another way to open the hub, for tests. */
  readonly openHub?: (options: HubOptions) => Promise<Hub>;
}

export type RunSettings = Partial<Pick<RunServiceOptions, "roots" | "onClose">> & {
  readonly node?: string | undefined;
};

const living: readonly RunState[] = ["starting", "running", "pausing", "paused", "stopping"];
/** Finished runs looked at in one go: somebody may resume one on the command line. */
const finishedAtOnce = 50;
/** Where runs are, new ones are looked for after so many looks. */
const looksBetweenListings = 2;
/** The whole workspace is searched again after so many looks. */
const looksBetweenSearches = 60;

/** Finds the runs that are there, and opens the hub; where it cannot, runs can be started and told all the same. */
export async function runService(options: RunServiceOptions): Promise<RunService> {
  const { storage } = options;
  const registry = await Registry.open(storage && join(storage, "runs.json"));
  const service = new RunService(options, registry);
  await service.open();
  return service;
}

export class RunService {
  private readonly runs = new Map<string, RunStatus>();
  /** Of finished runs: their files' times when they were last read. */
  private readonly stamps = new Map<string, string>();
  private readonly parents = new StageParents();
  private readonly maker: ColumnsMaker | undefined;
  private options: RunServiceOptions;
  private hub: Hub | undefined;
  /** Why there is none: runs go on without. */
  private hubProblem: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private looks = 0;
  private shown = "";

  constructor(
    options: RunServiceOptions,
    private readonly registry: Registry,
  ) {
    this.options = options;
    const { columnsWorker } = options.runtime;
    this.maker = columnsWorker && new ColumnsMaker(columnsWorker);
  }

  async open(): Promise<void> {
    const { everyMs = 500, openHub: open = openHub } = this.options;
    const source = {
      runs: () => this.list(),
      files: (stream: StreamName) => this.files(stream),
      maker: this.maker,
    };
    try {
      this.hub = await open({ source });
    } catch (error) {
      this.hubProblem = error instanceof Error ? error.message : String(error);
    }
    await this.search();
    this.timer = setInterval(() => void this.look(), everyMs);
  }

  /** Newest first. */
  list(): readonly RunStatus[] {
    return [...this.runs.values()].sort((one, other) =>
      other.startedAt.localeCompare(one.startedAt),
    );
  }

  /** @throws {RangeError} there is no hub: with the reason */
  get address(): HubAddress {
    if (this.hub !== undefined) return this.hub.address;
    throw new RangeError(this.hubProblem ?? "Cannot find the hub: the run service is not open");
  }

  /** @throws {RangeError} what the runner says; the signal's reason where it is taken back before the run has begun */
  async start(params: StartRunParams, signal?: AbortSignal): Promise<RunFolder> {
    const { folder } = params;
    await launchRun(params, this.options.runtime, signal);
    await this.registry.set(folder, "started");
    await this.refresh(folder);
    return { folder };
  }

  /** Goes on with a paused run, or starts a process for one that has none. @throws as start() */
  async resume(folder: string, signal?: AbortSignal): Promise<RunFolder> {
    const { state, name } = await readStatus(folder);
    if (state === "paused" || state === "pausing") {
      await this.control(folder, "resume");
    } else if (state === "starting" || state === "running") {
      throw new RangeError(`Cannot resume ${name}: it is running`);
    } else {
      await launchResume(folder, this.options.runtime, signal);
      await this.registry.set(folder, "started");
    }
    await this.refresh(folder);
    return { folder };
  }

  /** @throws {RangeError} the run has no process */
  async control(folder: string, request: ControlRequest): Promise<void> {
    const { state, name, pid } = await readStatus(folder);
    if (!living.includes(state) || pid === undefined) {
      const remedy = request === "resume" ? "; resume it as a stopped run" : "";
      throw new RangeError(`Cannot ${request} ${name}: it is not running${remedy}`);
    }
    await ask(folder, { request, pid });
    await this.refresh(folder);
  }

  /** @throws {RangeError} there is no run */
  async add(folder: string): Promise<RunStatus> {
    const found = await stat(join(folder, runFiles.record)).catch(() => undefined);
    if (found === undefined) {
      throw new RangeError(`Cannot show ${folder} as a run: it has no ${runFiles.record}`);
    }
    await this.registry.set(folder, "added");
    await this.refresh(folder);
    return this.runs.get(folder)!;
  }

  async forget(folder: string): Promise<void> {
    await this.registry.delete(folder);
    this.runs.delete(folder);
    await this.search();
  }

  /** What of the settings has changed. */
  async configure({ node, ...changes }: RunSettings): Promise<void> {
    const { node: before, ...others } = this.options.runtime;
    const wanted = node ?? before ?? "";
    const runtime = { ...others, ...(wanted !== "" && { node: wanted }) };
    this.options = { ...this.options, ...changes, runtime };
    if (changes.roots !== undefined) await this.search();
  }

  /** Looks at the whole workspace again: something has changed there. */
  async search(): Promise<void> {
    const { roots } = this.options;
    const folders = [...(await findRuns(roots)), ...this.registry.folders];
    const gone = [...this.runs.keys()].filter((folder) => !folders.includes(folder));
    for (const folder of gone) this.runs.delete(folder);
    await Promise.all(folders.map((folder) => this.read(folder)));
    this.show();
  }

  /** The window closes: what the editor started goes on or stops, as the user has chosen. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
    if (this.options.onClose === "stop") {
      const stops = this.registry.started.map((folder) => this.control(folder, "stop"));
      await Promise.allSettled(stops); // those that do not run need not stop
    }
    await this.hub?.close();
    await this.maker?.close();
  }

  private files({ run, stage }: StreamName): StreamFiles | undefined {
    const known = this.runs.get(run)?.stages.some(({ name }) => name === stage) === true;
    // The name comes from a file: it must not lead out of the run's folder.
    if (!known || stage !== basename(stage) || stage === "..") return undefined;
    const folder = stageFolder(run, stage);
    return { log: logFile(folder), heatMaps: heatMapFile(folder) };
  }

  private look(): Promise<void> {
    this.looks++;
    const looks = this.looks;
    this.looking = this.looking.then(() => this.lookOnce(looks)).catch(() => undefined);
    return this.looking;
  }

  private async lookOnce(looks: number): Promise<void> {
    if (looks % looksBetweenSearches === 0) {
      await this.search();
      return;
    }
    const { roots } = this.options;
    const parents =
      looks % looksBetweenListings > 0
        ? []
        : new Set([
            ...roots,
            ...roots.map((root) => join(root, "runs")),
            ...[...this.runs.keys()].map((folder) => dirname(folder)),
          ]);
    const fresh = await Promise.all(
      [...parents].map((parent) => findNewRuns(parent, (run) => this.runs.has(run))),
    );
    const all = [...this.runs.values()];
    const alive = all.filter(({ state }) => living.includes(state)).map(({ folder }) => folder);
    const rest = all.map(({ folder }) => folder).filter((folder) => !alive.includes(folder));
    const turn = Math.ceil(rest.length / finishedAtOnce);
    const some = rest.filter((_, index) => turn > 0 && index % turn === looks % turn);
    await Promise.all([...fresh.flat(), ...alive].map((folder) => this.read(folder)));
    await Promise.all(some.map((folder) => this.readIfChanged(folder)));
    this.show();
  }

  private async refresh(folder: string): Promise<void> {
    await this.read(folder);
    this.show();
  }

  private async read(folder: string): Promise<void> {
    this.stamps.set(folder, await stampOf(folder));
    const status = await this.parents.addTo(await readStatus(folder));
    const isShown = status.stages.length > 0 || status.pid !== undefined;
    const isRegistered = this.registry.folders.includes(folder);
    if (isShown || isRegistered || status.reason !== undefined) this.runs.set(folder, status);
  }

  private async readIfChanged(folder: string): Promise<void> {
    const stamp = await stampOf(folder);
    if (stamp === "" && !this.registry.folders.includes(folder)) this.runs.delete(folder);
    else if (stamp !== this.stamps.get(folder)) await this.read(folder);
  }

  private show(): void {
    const runs = this.list();
    const now = JSON.stringify(runs);
    if (now === this.shown) return;
    this.shown = now;
    this.options.onChange(runs);
    this.hub?.showRuns();
  }
}

/** On a full disk a run must be stopped all the same; Windows has no such signal. */
async function ask(folder: string, control: Required<ControlFile>): Promise<void> {
  try {
    await writeControl(folder, control);
  } catch (error) {
    const canSignal = control.request === "stop" && process.platform !== "win32";
    if (!canSignal || !isDiskFull(error)) throw error;
    process.kill(control.pid, "SIGINT");
  }
}

/** Changes when a run begins, ends or goes on; "" where it is no longer there. */
async function stampOf(folder: string): Promise<string> {
  const files = [runFiles.record, runFiles.lock].map((name) => join(folder, name));
  const [record, lock] = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return record === undefined ? "" : `${record.mtimeMs} ${lock?.mtimeMs ?? ""}`;
}
