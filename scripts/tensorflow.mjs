// node scripts/tensorflow.mjs [--test] [--if-found] [NODE...]: sets up in .cache/tensorflow what the tests of the
// TensorFlow engine need: the engine, from a wheel, and the Nodes that it is to run on, by their major versions: the
// oldest and the newest, or those that are named. Does nothing where that is there. With --test it runs them: the
// set-up itself once, what every engine must do on each Node. With --if-found a machine that lacks something for the
// wheel is told what, and that is no failure.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, ".cache", "tensorflow");
const engines = join(cache, "engines");

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { test: { type: "boolean" }, "if-found": { type: "boolean" } },
});
const majors = positionals.length > 0 ? positionals : ["20", "24"];

try {
  const missing = isSetUp() ? undefined : whatIsMissing();
  if (missing !== undefined && flags["if-found"]) {
    process.stderr.write(`The tests of the TensorFlow engine are left out: ${missing}\n`);
  } else {
    main();
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function main() {
  setUpEngine();
  const nodes = majors.map(nodeOf);
  if (!flags.test) return;
  nodes.forEach((node, index) => test(node, index === 0 ? ["tensorflow-set-up"] : []));
}

/** Why there can be no engine from a wheel here, and what to install; undefined where there can. */
function whatIsMissing() {
  const { platform, arch } = process;
  if (platform !== "linux" || !["x64", "arm64"].includes(arch))
    return `TensorFlow's wheels for ${platform}-${arch} have no library to build against`;
  const pythons = ["python3", "python"];
  if (!pythons.some((python) => works(python, "-m", "pip", "--version")))
    return "there is no Python with pip; install one (Debian and Ubuntu: apt-get install python3-pip)";
  const { CXX = "" } = process.env;
  const compilers = CXX === "" ? ["g++", "c++", "clang++"] : [CXX];
  if (!compilers.some((compiler) => works(compiler, "--version")))
    return `there is no C++ compiler as ${compilers.join(", ")}; install one (Debian and Ubuntu: apt-get install g++)`;
  return undefined;
}

function works(...command) {
  return spawnSync(command[0], command.slice(1)).status === 0;
}

function isSetUp() {
  const done = join(cache, "complete");
  const isWhole = existsSync(join(engines, "tensorflow", "engine.json"));
  return isWhole && existsSync(done) && readFileSync(done, "utf8") === wanted();
}

/** Of the code that sets it up. */
function wanted() {
  const hash = createHash("sha256");
  for (const folder of ["install", join("tensorflow", "install")]) {
    const sources = join(root, "server", "engine", folder);
    for (const name of readdirSync(sources, { recursive: true }).sort()) {
      if (/\.(ts|py|cc)$/.test(name)) hash.update(readFileSync(join(sources, name)));
    }
  }
  return hash.digest("hex");
}

/** Anew where the code that does it has changed. */
function setUpEngine() {
  if (isSetUp()) return;
  const done = join(cache, "complete");
  process.stderr.write(`Setting TensorFlow up in ${engines}: 0.3 GB to fetch, 0.9 GB on disk\n`);
  rmSync(done, { force: true });
  mkdirSync(engines, { recursive: true });
  run(process.execPath, ["scripts/build.mjs"]);
  // Elsewhere the wheels have no library to build against.
  const from = process.platform === "linux" ? ["--from", "wheel"] : ["--from", "package"];
  run(process.execPath, ["dist/cli.js", "doctor", "--install", "tensorflow", ...from]);
  writeFileSync(done, wanted());
}

/** This one, where it is of that version; or else npm's package of it. */
function nodeOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(cache, `node-${major}`);
  const node =
    platform === "win"
      ? join(folder, "node_modules", name, "bin", "node.exe")
      : join(folder, "node_modules", name, "bin", "node");
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  run("npm", ["install", "--no-audit", "--no-fund", "--prefix", folder, `${name}@${major}`]);
  return node;
}

function test(node, projects) {
  const parameters = ["tensorflow", ...projects].flatMap((name) => ["--project", name]);
  process.stderr.write(`On ${node}:\n`);
  run(node, ["node_modules/vitest/vitest.mjs", "run", ...parameters]);
}

/** What it says goes on to whoever called. */
function run(command, parameters) {
  const { status, error } = spawnSync(command, parameters, {
    cwd: root,
    stdio: ["ignore", 1, 2],
    env: { ...process.env, DEEP_FUSION_ENGINES: engines },
    shell: command === "npm" && process.platform === "win32",
  });
  if (status === 0) return;
  const reason = error?.message ?? `it ended with ${status}`;
  throw new Error(`Cannot go on: ${[command, ...parameters].join(" ")}: ${reason}`);
}
