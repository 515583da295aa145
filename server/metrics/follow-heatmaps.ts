/** A heat-map file, read on as it grows: which maps there are, without their values. */
import type { FileHandle } from "node:fs/promises";
import type { HeatMapPlace } from "../protocol/heat-map-places";
import { type FileCursor, FileFollower, type Reading } from "./follow-file";
import { described, readHeatMapsOn } from "./heatmap-file";

/** One small read each. */
const most = 1000;

export function followHeatMaps(
  file: string,
  cursor?: FileCursor,
): FileFollower<readonly HeatMapPlace[]> {
  const readOn = async (
    handle: FileHandle,
    start: number,
  ): Promise<Reading<readonly HeatMapPlace[]>> => {
    const { entries, end, atEnd } = await readHeatMapsOn(handle, { file, start, most });
    return {
      content: entries.map((entry) => ({ ...described(entry), at: entry.start })),
      count: entries.length,
      end,
      atEnd,
    };
  };
  return new FileFollower({ file, readOn, nothing: [] }, cursor);
}
