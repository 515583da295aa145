import type { RunRecord } from "../../server/protocol/run";

/** What run.json has at least, with `changes`. */
export function runRecord(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    version: 1,
    name: "run",
    created_by: "deep-fusion test",
    started_at: "2026-01-01T00:00:00.000Z",
    engine: "graph",
    device: "cpu",
    threads: 1,
    stages: {},
    ...changes,
  };
}
