/** The processes of this machine: which a test started, directly or not, and that they have ended. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Those whose command line, or on Linux working folder, names this folder, which only this test has. */
export function processesOf(folder: string): Process[] {
  return all().filter(({ pid, command }) => {
    return pid !== process.pid && (command.includes(folder) || workingFolder(pid).includes(folder));
  });
}

function all(): Process[] {
  return process.platform === "linux" ? fromProc() : fromPs();
}

function fromProc(): Process[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      // A zombie has no command line any more.
      return command === "" ? [] : [{ pid: Number(name), command }];
    } catch {
      return []; // it has just ended
    }
  });
}

function fromPs(): Process[] {
  const lines = execFileSync("ps", ["-A", "-ww", "-o", "pid=,args="], { encoding: "utf8" });
  return lines.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), command: match[2]! }];
  });
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

/** Whether the process, or any of the group that a negative id names, is there. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Asks the whole group of a process to end, and makes it. */
export async function endGroup(leader: number): Promise<void> {
  signal(-leader, "SIGTERM");
  const patienceMs = 5000;
  for (const began = Date.now(); isThere(-leader) && Date.now() - began < patienceMs;) {
    await sleep(20);
  }
  signal(-leader, "SIGKILL");
}

/** Runs outlive the window by design; a test's folder cannot go before they have. */
export function endAllOf(folder: string): void {
  for (let left = processesOf(folder); left.length > 0; left = processesOf(folder)) {
    for (const { pid } of left) {
      signal(-pid, "SIGKILL"); // where it leads a group: what it started would start others anew
      signal(pid, "SIGKILL");
    }
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
