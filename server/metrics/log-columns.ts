/**
 * `log.columns`, beside `log.jsonl`: the same records as columns of numbers, so that a long log opens without being
 * parsed. The log is the truth; this is a copy that whoever appends to the log keeps, and that may lag, be torn, stale
 * or missing. Each block names the bytes of the log that it stands for, and is used only where the log's own bytes
 * agree with it. See columns-block.ts for the blocks.
 */
import { type FileHandle, open } from "node:fs/promises";
import {
  type BlockPlace,
  blockRecords,
  columnsFileHead,
  columnsFileHeadBytes,
  overviewIn,
  overviewUntil,
  readPlace,
} from "./columns-block";
import { bytesAt, tailAt } from "./file-tail";
import { joinBatches, type LogBatch } from "./log-batch";

export interface ColumnsReading {
  /** They follow each other in the log. */
  readonly blocks: readonly LogBlock[];
  /** Where there are none: the byte of the log at which parsing should stop, because columns go on. */
  readonly nextStart?: number | undefined;
}

export interface LogBlock {
  readonly batch: LogBatch;
  readonly place: BlockPlace;
}

export function columnsFileOf(log: string): string {
  return log.replace(/(\.jsonl)?$/, ".columns");
}

/** Reads blocks as they are asked for; their heads are looked at once. */
export class LogColumns {
  private places: BlockPlace[] = [];

  /** @param file where they are, if not beside the log */
  constructor(
    log: string,
    private readonly file: string = columnsFileOf(log),
  ) {}

  /**
   * The blocks from a byte of the log on, about as many records as asked for; none where no block starts there. A block
   * that is damaged, or is of another log than this, counts as none.
   */
  async readOn(log: FileHandle, start: number, records: number): Promise<ColumnsReading> {
    const nothing: ColumnsReading = { blocks: [] };
    return this.withFile(nothing, async (handle) => {
      const first = this.firstFrom(start);
      if (this.places[first]?.start !== start) {
        return { blocks: [], nextStart: this.places[first]?.start };
      }
      const places = adjoining(this.places.slice(first), records);
      const blocks = await readBlocks(handle, places, log);
      const nextStart = this.places[first + blocks.length + 1]?.start;
      // Perhaps the file is no longer the one whose heads these were.
      if (blocks.length < places.length) this.places = [];
      return { blocks, nextStart };
    });
  }

  /** Of all blocks that follow each other from the log's beginning on; undefined where one is not what it should be. */
  async overview(log: FileHandle): Promise<LogBatch | undefined> {
    return this.withFile(undefined, async (handle) => {
      const places = adjoining(this.places, Infinity);
      const last = places.at(-1);
      if (last === undefined || places[0]?.start !== 0) return undefined;
      if ((await tailAt(log, last.end)) !== last.tail) return undefined;
      const batches: LogBatch[] = [];
      for (const place of places) {
        const batch = overviewIn(await bytesAt(handle, place.at, overviewUntil(place)), place);
        if (batch === undefined) return undefined;
        batches.push(batch);
      }
      return joinBatches(batches);
    });
  }

  private async withFile<Result>(
    otherwise: Result,
    use: (handle: FileHandle) => Promise<Result>,
  ): Promise<Result> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(this.file, "r");
      await this.lookOn(handle);
      return await use(handle);
    } catch {
      // What is not there, or cannot be read, is done without: the log has it all.
      return otherwise;
    } finally {
      await handle?.close();
    }
  }

  /** The heads that have come since it last looked. */
  private async lookOn(handle: FileHandle): Promise<void> {
    const { size } = await handle.stat();
    let at = this.places.at(-1)?.until ?? 0;
    if (at > size) this.places = [];
    if (this.places.length === 0) {
      at = columnsFileHeadBytes;
      const head = await bytesAt(handle, 0, columnsFileHeadBytes);
      if (!head.equals(columnsFileHead())) return;
    }
    let logEnd = this.places.at(-1)?.end ?? 0;
    while (at < size) {
      const place = await readPlace(handle, at);
      if (place === undefined || place.until > size || place.start < logEnd) return;
      this.places.push(place);
      ({ until: at, end: logEnd } = place);
    }
  }

  private firstFrom(start: number): number {
    const { places } = this;
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (places[middle]!.start < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The first ones that follow each other in the log, until they hold enough. */
function adjoining(places: readonly BlockPlace[], records: number): readonly BlockPlace[] {
  let count = 0;
  const end = places.findIndex(({ start, counts }, index) => {
    const isNext = index === 0 || start === places[index - 1]!.end;
    if (!isNext || count >= records) return true;
    count += counts.steps + counts.kernels;
    return false;
  });
  return end < 0 ? places : places.slice(0, end);
}

/** In one reading: the whole ones from the first on that stand for what the log has. */
async function readBlocks(
  handle: FileHandle,
  places: readonly BlockPlace[],
  log: FileHandle,
): Promise<readonly LogBlock[]> {
  const from = places[0]!.at;
  const bytes = await bytesAt(handle, from, places.at(-1)!.until - from);
  const blocks: LogBlock[] = [];
  for (const place of places) {
    const batch = blockRecords(bytes.subarray(place.at - from, place.until - from), place);
    if (batch === undefined) break;
    blocks.push({ place, batch });
  }
  // The log that has the last block's end has all before it.
  while (blocks.length > 0) {
    const { end, tail } = blocks.at(-1)!.place;
    if ((await tailAt(log, end)) === tail) break;
    blocks.pop();
  }
  return blocks;
}
