import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { trained } from "../checkpoint/support/lineages";
import { variant } from "./support/variants";

const folder = mkdtempSync(join(tmpdir(), "deep-fusion-crash-"));
const script = join(folder, "write-checkpoints.mjs");
const target = join(folder, "checkpoints", "m");

beforeAll(async () => {
  await build({
    entryPoints: ["test/integration/processes/write-checkpoints.ts"],
    bundle: true,
    platform: "node",
    format: "esm",
    loader: { ".py": "text" },
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    outfile: script,
    logLevel: "error",
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const write = (index: number): Promise<void> =>
  writeCheckpoint(target, { ...variant(index), lineage: trained(index) });

async function hashOfTarget(): Promise<string> {
  const checkpoint = await openCheckpoint(target);
  try {
    return await weightsSha256(checkpoint.weights);
  } finally {
    await checkpoint.close();
  }
}

const hashes = (): Promise<string[]> =>
  Promise.all([0, 1].map((index) => weightsSha256(variant(index).weights)));

describe("a checkpoint", () => {
  test("is the old or the new one, whole, whenever its writer is killed", async () => {
    await write(0);
    const whole = await hashes();
    // Spread over the few milliseconds that one write takes.
    for (let round = 0; round < 12; round++) {
      const child = spawn(process.execPath, [script, target], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      await wait(1.7 * round);
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(whole).toContain(await hashOfTarget());
    }
    await write(0);
    expect(readdirSync(join(folder, "checkpoints"))).toEqual(["m"]);
  });

  // A limit on the size of files is the full disk that a test can have without being root.
  test.runIf(process.platform !== "win32")(
    "stays as it is when the disk is full, and the writer is told so",
    async () => {
      await write(1);
      const limited = `ulimit -f 64; exec "$0" "$@"`;
      const child = spawn("sh", ["-c", limited, process.execPath, script, target, "1"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let output = "";
      child.stdout.on("data", (text: Buffer) => (output += text.toString()));
      await once(child, "close");
      expect(output).toMatch(/^disk-full: Cannot write checkpoint .*EFBIG/);
      expect(await hashOfTarget()).toBe((await hashes())[1]);
      expect(readdirSync(join(folder, "checkpoints"))).toEqual(["m"]);
    },
  );
});
