/** Hubs over the files of one stage, in a folder of their own, for the tests of a file. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type Hub, type HubOptions, openHub } from "../../../server/metrics/hub";
import type { RunStatus } from "../../../server/protocol/runs";

/** The stage that the hubs know. */
export const stream = { run: "/runs/demo", stage: "a" };

export interface HubFiles {
  log: string;
  heatMaps: string;
  /** What the hubs show. */
  runs: RunStatus[];
  /** Closed after the test. */
  readonly open: (options?: Partial<HubOptions>) => Promise<Hub>;
}

/** Made anew for each test. */
export function useHub(): HubFiles {
  const hubs: Hub[] = [];
  let directory: string;
  const files: HubFiles = {
    log: "",
    heatMaps: "",
    runs: [],
    open: async (options = {}) => {
      const hub = await openHub({
        source: {
          runs: () => files.runs,
          files: ({ run, stage }) =>
            run === stream.run && stage === stream.stage
              ? { log: files.log, heatMaps: files.heatMaps }
              : undefined,
        },
        ...options,
      });
      hubs.push(hub);
      return hub;
    },
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "deep-fusion-hub-"));
    files.log = join(directory, "log.jsonl");
    files.heatMaps = join(directory, "heatmaps.bin");
    files.runs = [];
  });
  afterEach(async () => {
    for (const hub of hubs.splice(0)) await hub.close();
    await rm(directory, { recursive: true });
  });
  return files;
}
