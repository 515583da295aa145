import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../../server/engine/install/run-program";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-program-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function runNode(script: string, signal = new AbortController().signal): Promise<string> {
  return runProgram([process.execPath, "-e", script], { directory, signal });
}

test("runProgram() gives what a program printed, or the reason that it gave", async () => {
  expect(await runNode('console.log("hello")')).toBe("hello\n");
  const complain = 'console.error("warning: old\\nError: no room\\nat x"); process.exitCode = 3';
  await expect(runNode(complain)).rejects.toThrow(/^no room$/);
  await expect(runNode("process.exit(3)")).rejects.toThrow("it ended with 3");
  const nothing = runProgram(["no-such-program-here"], {
    directory,
    signal: new AbortController().signal,
  });
  await expect(nothing).rejects.toThrow("no-such-program-here was not found");
});

test("a stopped program is gone with what it started, even if it will not listen", async () => {
  const stopping = new AbortController();
  const beats = join(directory, "beats");
  const child = `setInterval(() => require("fs").writeFileSync(${JSON.stringify(beats)}, ""), 20)`;
  const stubborn =
    'process.on("SIGTERM", () => 0);' +
    `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}]);` +
    "setInterval(() => 0, 1000)";
  const running = runNode(stubborn, stopping.signal);
  while (!existsSync(beats)) await setTimeout(20);
  stopping.abort();
  await expect(running).rejects.toThrow("aborted");
  await rm(beats, { force: true });
  await setTimeout(200);
  expect(existsSync(beats)).toBe(false);
});

test("a program is not started once its work is stopped", async () => {
  await expect(runNode("", AbortSignal.abort())).rejects.toThrow("aborted");
});
