import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { readRunLog } from "../../server/metrics/run-log";
import { uniform } from "../../server/random/draw";
import { streamKey } from "../../server/random/threefry";
import { distUrl } from "../support/dist";
import { withCorpus } from "../training/support/tiny-stage";

const script = fileURLToPath(distUrl("test-train.js"));

interface Attempt {
  readonly folder: string;
  readonly name: string;
  readonly threads: number;
  /** Steps that the process takes, and milliseconds more, before it is killed; absent: never. */
  readonly kill?: { readonly steps: number; readonly ms: number };
}

/** Runs the process until it ends or is killed. */
async function train({ folder, name, threads, kill }: Attempt): Promise<"done" | "killed"> {
  const child = spawn(process.execPath, [script, folder, name, String(threads)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  let steps = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    steps += line === "" ? 0 : 1;
    if (steps === kill?.steps) {
      await wait(kill.ms);
      child.kill("SIGKILL");
    }
  }
  const [code, signal] = (await exit) as [number | null, string | null];
  if (signal === "SIGKILL") return "killed";
  expect(code).toBe(0);
  return "done";
}

interface Outcome {
  readonly hash: string;
  readonly heatMaps: Buffer;
  /** All but events, times and memory. */
  readonly records: readonly unknown[];
}

async function outcomeOf(directory: string): Promise<Outcome> {
  const checkpoint = await openCheckpoint(join(directory, "step-00000060"));
  const hash = await weightsSha256(checkpoint.weights);
  await checkpoint.close();
  const records: unknown[] = [];
  for await (const record of readRunLog(join(directory, "log.jsonl"))) {
    if (!("event" in record)) records.push({ ...record, seconds: 0, memory_bytes: 0 });
  }
  return { hash, heatMaps: await readFile(join(directory, "heatmaps.bin")), records };
}

describe("a training process", () => {
  for (const threads of [1, 2]) {
    test(`killed again and again ends as if it had not been, on ${threads} threads`, async () => {
      await withCorpus(async (folder) => {
        expect(await train({ folder, name: "undisturbed", threads })).toBe("done");
        const key = streamKey(threads, "kills");
        let kills = 0;
        for (let attempt = 0; attempt < 4; attempt++) {
          const steps = 1 + Math.floor(20 * uniform(key, 2 * attempt));
          const ms = 20 * uniform(key, 2 * attempt + 1);
          const end = await train({ folder, name: "killed", threads, kill: { steps, ms } });
          if (end === "killed") kills += 1;
        }
        expect(kills).toBeGreaterThan(1);
        expect(await train({ folder, name: "killed", threads })).toBe("done");
        expect(await outcomeOf(join(folder, "killed"))).toEqual(
          await outcomeOf(join(folder, "undisturbed")),
        );
      });
    });
  }
});
