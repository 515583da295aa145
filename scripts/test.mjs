// node scripts/test.mjs [STEP...]: npm scripts, all of them or those that are named, as many at a time as there are
// cores, at least two. What a step says is shown in one piece when it has ended, what a failed one says at the very end,
// where it is looked for; a step that fails stops no other. Ctrl-C ends all.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";

/** Those that wait for the network take no core. Of the others, what stands first is begun first: what takes long. */
const steps = [
  { name: "browser", fetches: true },
  { name: "python", fetches: true },
  { name: "vscode", fetches: true },
  { name: "tensorflow", fetches: true },
  { name: "build" },
  { name: "test:e2e", after: ["browser", "vscode", "build"] },
  { name: "integration", after: ["browser", "python", "build"] },
  { name: "test:tensorflow", after: ["tensorflow", "build"] },
  { name: "webgpu", after: ["browser", "build"] },
  { name: "unit", after: ["build"] },
  { name: "lint" },
  { name: "types" },
  { name: "unused" },
  { name: "directions" },
  { name: "format" },
];
const forcedEndMs = 10_000;
/** On Windows a group of its own would be a window of its own. */
const inGroups = process.platform !== "win32";

const chosen = choose(process.argv.slice(2));
const running = new Map();
/** Name of a step → whether it passed. */
const passed = new Map();
const closing = [];
const failures = [];
let interrupted;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interrupt(signal));
while (passed.size < chosen.length) {
  for (const step of begun()) running.set(step.name, run(step));
  await Promise.race([...running.values()].map(({ ended }) => ended));
}
process.stdout.write(`${failures.join("")}\n${closing.join("\n")}\n`);
const failed = chosen.filter(({ name }) => !passed.get(name));
if (failed.length > 0) {
  const again = failed.map(({ name }) => `npm run ${name}`).join(", ");
  process.stdout.write(`\nFailed; each can be run alone: ${again}\n`);
}
process.exitCode = interrupted === undefined ? Number(failed.length > 0) : 130;

function choose(names) {
  const unknown = names.find((name) => !steps.some((step) => step.name === name));
  if (unknown === undefined)
    return steps.filter(({ name }) => !names.length || names.includes(name));
  const known = steps.map(({ name }) => name).join(", ");
  throw new RangeError(`Cannot test "${unknown}": there are ${known}`);
}

/** Those to begin now; what can never begin is given up. */
function begun() {
  let room = Math.max(2, availableParallelism());
  for (const { step } of running.values()) if (!step.fetches) room--;
  const found = [];
  for (const step of chosen) {
    if (passed.has(step.name) || running.has(step.name)) continue;
    const needs = (step.after ?? []).filter((name) => chosen.some((each) => each.name === name));
    const missing = needs.find((name) => passed.get(name) === false);
    if (interrupted !== undefined) close(step, false, "interrupted");
    else if (missing !== undefined) close(step, false, `not run, for ${missing} failed`);
    else if (needs.every((name) => passed.has(name)) && (step.fetches || room-- > 0))
      found.push(step);
  }
  return found;
}

function run(step) {
  const began = performance.now();
  process.stdout.write(`… ${step.name}\n`);
  const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  const child = spawn("npm", ["run", "--silent", step.name], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...color, ...(passed.get("build") && { DEEP_FUSION_BUNDLES: "built" }) },
    detached: inGroups,
    shell: !inGroups, // npm is a .cmd there
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => said.push(data));
  const ended = new Promise((resolve) => {
    child.on("error", (error) => said.push(Buffer.from(`${error.message}\n`)));
    child.on("close", (code) => {
      running.delete(step.name);
      if (interrupted !== undefined) send(child, "SIGKILL");
      const text = Buffer.concat(said).toString().trimEnd();
      const shown = text === "" ? "" : `\n── ${step.name} ──\n${text}\n\n`;
      if (code === 0) process.stdout.write(shown);
      else failures.push(shown);
      close(step, code === 0, `${Math.round((performance.now() - began) / 1000)} s`);
      resolve();
    });
  });
  return { step, child, ended };
}

function close({ name }, isPassed, how) {
  passed.set(name, isPassed);
  closing.push(`${isPassed ? "✓" : "✗"} ${name.padEnd(15)} ${how}`);
  process.stdout.write(`${closing.at(-1)}\n`);
}

function interrupt(signal) {
  interrupted = signal;
  for (const { child } of running.values()) send(child, signal);
  setTimeout(() => {
    for (const { child } of running.values()) send(child, "SIGKILL");
  }, forcedEndMs).unref();
}

/** To it and what it started. */
function send(child, signal) {
  try {
    if (inGroups) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // They have ended by themselves.
  }
}
