/** One stage as one viewer follows it: what comes next for it, read from the disk at the viewer's pace. */
import type { HeatMapPlace } from "../protocol/heat-map-places";
import type { Follow, HeatMapFrame, SentFrame, StreamName } from "../protocol/hub";
import type { ColumnsMaker } from "./columns-maker";
import { watchFile } from "./file-changes";
import { cursorText, type FileChunk, type FileFollower, parseCursor } from "./follow-file";
import { followHeatMaps } from "./follow-heatmaps";
import { followLog, overviewOf } from "./follow-log";
import { findHeatMap, readHeatMap } from "./heatmap-file";
import type { LogBatch } from "./log-batch";

/** Where a stage's records are. Absolute paths; the files may not be there yet. */
export interface StreamFiles {
  readonly log: string;
  readonly heatMaps: string;
}

export interface HubStreamOptions {
  readonly follow: Follow;
  readonly files: StreamFiles;
  readonly maker?: ColumnsMaker | undefined;
  /** There may be a next frame. */
  readonly onChange: () => void;
}

export class HubStream {
  private readonly name: StreamName;
  private readonly log: FileFollower<LogBatch>;
  private readonly heatMaps: FileFollower<readonly HeatMapPlace[]>;
  private readonly watches: readonly { close(): void }[];
  private readonly changed = { log: true, heatMaps: true };
  /** The viewer has been told that the end was reached: an empty file has an end too, and one that is not there. */
  private readonly saidCaughtUp = { log: false, heatMaps: false };
  /** A viewer that has nothing yet sees a long log at a glance first. */
  private wantsOverview: boolean;
  /** Each has its turn: a log that has grown whenever it is looked at must not hold the pictures back. */
  private readonly inTurn = [
    () => this.nextRecords(),
    () => this.nextPlaces(),
    () => this.nextPush(),
  ];
  /** Newest recorded map of each kernel that is to be pushed. */
  private readonly pushes = new Map<string, HeatMapPlace>();

  constructor(private readonly options: HubStreamOptions) {
    const { follow, files, maker, onChange } = options;
    this.name = { run: follow.run, stage: follow.stage };
    this.wantsOverview = follow.cursor === undefined;
    this.log = followLog(files.log, { cursor: parseCursor(follow.cursor), maker });
    this.heatMaps = followHeatMaps(files.heatMaps, parseCursor(follow.heatMapCursor));
    this.watches = (["log", "heatMaps"] as const).map((which) =>
      watchFile(files[which], () => {
        this.changed[which] = true;
        onChange();
      }),
    );
  }

  /** Undefined where there is nothing new. */
  async next(): Promise<SentFrame | undefined> {
    const overview = await this.overview();
    if (overview !== undefined) return overview;
    for (const take of [...this.inTurn]) {
      this.inTurn.push(this.inTurn.shift()!);
      const frame = await take();
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  close(): void {
    for (const watch of this.watches) watch.close();
  }

  private async overview(): Promise<SentFrame | undefined> {
    if (!this.wantsOverview) return undefined;
    this.wantsOverview = false;
    const { files, maker } = this.options;
    const overview = await overviewOf(files.log, maker);
    if (overview === undefined) return undefined;
    const { steps, others } = overview;
    return { kind: "overview", ...this.name, steps, others };
  }

  private async nextRecords(): Promise<SentFrame | undefined> {
    const chunk = await this.nextOf("log", this.log);
    return chunk && recordsFrame(this.name, chunk);
  }

  private async nextPlaces(): Promise<SentFrame | undefined> {
    const chunk = await this.nextOf("heatMaps", this.heatMaps);
    if (chunk === undefined) return undefined;
    const { first, content: places, caughtUp } = chunk;
    const wanted = this.options.follow.kernels ?? [];
    for (const place of places)
      if (wanted.includes(place.kernel)) this.pushes.set(place.kernel, place);
    const cursor = cursorText(chunk.cursor);
    return { kind: "heat-maps", ...this.name, first, cursor, caughtUp, places };
  }

  private async nextOf<Content>(
    which: "log" | "heatMaps",
    file: FileFollower<Content>,
  ): Promise<FileChunk<Content> | undefined> {
    if (!this.changed[which]) return undefined;
    this.changed[which] = false;
    const chunk = await file.next();
    // There may be more where this came from.
    if (chunk !== undefined) this.changed[which] = true;
    else if (this.saidCaughtUp[which]) return undefined;
    const news = chunk ?? file.atEnd;
    this.saidCaughtUp[which] = news.caughtUp;
    return news;
  }

  private async nextPush(): Promise<SentFrame | undefined> {
    for (const [kernel, place] of this.pushes) {
      this.pushes.delete(kernel);
      const frame = await heatMapFrame(this.name, this.options.files, place);
      if (frame !== undefined) return frame;
    }
    return undefined;
  }
}

/** Undefined where the file no longer has this map there. */
export async function heatMapFrame(
  name: StreamName,
  { heatMaps }: StreamFiles,
  { at, step, kernel }: Pick<HeatMapPlace, "at" | "step" | "kernel">,
): Promise<HeatMapFrame | undefined> {
  const entry = await findHeatMap(heatMaps, at);
  if (entry?.step !== step || entry.kernel !== kernel) return undefined;
  try {
    const map = await readHeatMap(heatMaps, entry);
    return { kind: "heat-map", ...name, at, map };
  } catch (error) {
    // Cut off by a resumed stage while it was read, or damaged.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function recordsFrame(name: StreamName, chunk: FileChunk<LogBatch>): SentFrame {
  const { content, cursor, ...rest } = chunk;
  return { kind: "records", ...name, ...rest, cursor: cursorText(cursor), ...content };
}
