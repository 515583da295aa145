// Prints the path of a Python that has what test/python/requirements.txt names, and nothing else, on stdout.
//
// It lies in .cache/python in a folder named after the requirements, which is made beside its place and put there
// whole; transformers 4 lies in a folder within, which shares the rest. With --if-found a machine without Python is
// told what to install, and that is no failure. With --golden or --mergekit the path is of a folder of packages for
// PYTHONPATH, which is made as well: what test/python/requirements-golden.txt, or -mergekit.txt, names beside. With
// --if-made it is printed where it is there, and else nothing is.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache", "python");
const minimum = [3, 10];
const uv = "uv==0.13.9";
const pipInstall = ["-m", "pip", "install", "--disable-pip-version-check", "--no-compile"];
const names = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];

const whereToGetPython =
  `install Python ${minimum.join(".")} or newer with venv (Debian and Ubuntu: apt-get install python3-venv; ` +
  "macOS: brew install python; Windows: winget install Python.Python.3.13)";

/** { interpreter, transformers4 }, or undefined where it has not been made. Starts nothing. */
export function installedPython() {
  const made = placesIn(environmentFolder());
  return existsSync(made.complete) && existsSync(made.interpreter) ? made : undefined;
}

/** Whether there is one, or can be. */
export function hasPython() {
  return installedPython() !== undefined || findPython() !== undefined;
}

/** What is said of the tests on a machine without. */
export const leftOut = `The tests that speak with Python are left out, for there is none; to run them, ${whereToGetPython}`;

/** The command of a Python to make an environment with; undefined where there is none. */
function findPython() {
  const question = `import sys, venv, ensurepip; sys.exit(sys.version_info[:2] < (${minimum.join(", ")}))`;
  return [...names, "python"].find((name) => spawnSync(name, ["-c", question]).status === 0);
}

function environmentFolder() {
  return join(cache, hashOf("requirements.txt", "requirements-transformers-4.txt"));
}

function placesIn(folder) {
  const isWindows = process.platform === "win32";
  return {
    interpreter: isWindows ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python"),
    transformers4: join(folder, "transformers-4"),
    complete: join(folder, "complete"),
  };
}

function requirements(name) {
  return join(root, "test", "python", name);
}

function hashOf(...files) {
  const hash = createHash("sha256");
  for (const name of files) hash.update(readFileSync(requirements(name)));
  return hash.digest("hex").slice(0, 12);
}

/** Makes it where it is not yet, or no longer whole; answers as installedPython(). */
function environment() {
  const installed = installedPython();
  if (installed !== undefined && works(installed)) return installed;
  const python = findPython();
  if (python === undefined) {
    throw new Error(
      `Cannot make a Python environment: none was found as ${names.join(", ")}; ${whereToGetPython}`,
    );
  }
  const folder = environmentFolder();
  process.stderr.write(
    `Installing PyTorch and transformers into ${folder}: once, 2.5 GB to download and 6 GB on disk on ` +
      "Linux, where PyPI's PyTorch carries CUDA, and 1 GB elsewhere\n",
  );
  putInPlace(folder, (making) => fill(making, python));
  return installedPython();
}

function fill(folder, python) {
  const { interpreter, transformers4, complete } = placesIn(folder);
  run(python, ["-m", "venv", folder]);
  // What uv unpacks is linked to where it belongs: both on one file system.
  const unpacked = join(folder, "unpacked");
  install(interpreter, ["-r", requirements("requirements.txt")], unpacked);
  const beside = ["--no-deps", "--target", transformers4];
  const older = ["-r", requirements("requirements-transformers-4.txt")];
  install(interpreter, [...beside, ...older], unpacked);
  rmSync(unpacked, { recursive: true, force: true });
  if (!works({ interpreter, transformers4 })) {
    throw new Error(`Cannot use the Python environment in ${folder}: it has not what it should`);
  }
  writeFileSync(complete, "");
}

/**
 * By uv, which takes under half of pip's time; by pip where its own settings know another way to the packages. Nothing
 * is compiled beforehand: what is used is compiled as it is used, and that is a small part.
 */
function install(interpreter, words, unpacked) {
  const { UV_DEFAULT_INDEX = process.env.PIP_INDEX_URL } = process.env;
  const variables = { UV_CACHE_DIR: unpacked, UV_DEFAULT_INDEX };
  const byUv = ["-m", "uv", "pip", "install", "--system-certs", "--python", interpreter];
  try {
    run(interpreter, [...pipInstall, "--only-binary=:all:", uv]);
    run(interpreter, [...byUv, ...words], variables);
  } catch ({ message }) {
    process.stderr.write(`${message}; going on with pip\n`);
    run(interpreter, [...pipInstall, ...words]);
  }
}

/** Whether the packages are there: a Python that was replaced by another version no longer sees them. */
function works({ interpreter, transformers4 }) {
  const question =
    "import sys; from importlib.metadata import version; " +
    "sys.exit(0 if version('torch') and version('transformers').startswith(sys.argv[1]) else 1)";
  return [
    ["5.", {}],
    ["4.", { PYTHONPATH: transformers4 }],
  ].every(([major, variables]) => {
    const env = { ...process.env, PYTHONPATH: "", ...variables };
    return spawnSync(interpreter, ["-c", question, major], { env }).status === 0;
  });
}

/** What few need, on top of the environment: the makers of the reference values, and a bench. By flag. */
const extras = {
  "--golden": { name: "golden", options: ["-c", requirements("requirements.txt")] },
  "--mergekit": { name: "mergekit", options: ["--no-deps"] },
};

function extraFolder({ name }) {
  return join(cache, `${name}-${hashOf("requirements.txt", `requirements-${name}.txt`)}`);
}

function extraPackages(extra) {
  const { interpreter } = environment();
  const folder = extraFolder(extra);
  if (existsSync(folder)) return folder;
  putInPlace(folder, (making) => {
    const wanted = ["-r", requirements(`requirements-${extra.name}.txt`)];
    run(interpreter, [...pipInstall, "--target", making, ...extra.options, ...wanted]);
  });
  return folder;
}

/** `make` fills a folder beside it, which then takes its place: where there is something, it is whole. */
function putInPlace(folder, make) {
  mkdirSync(dirname(folder), { recursive: true });
  removeAbandoned(folder);
  const making = `${folder}.making-${process.pid}`;
  try {
    make(making);
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** What was left by calls that were killed. */
function removeAbandoned(folder) {
  for (const name of readdirSync(dirname(folder))) {
    const [, maker] = /\.making-(\d+)$/.exec(name) ?? [];
    if (maker === undefined || isAlive(Number(maker))) continue;
    rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}

function isAlive(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Its output goes to stderr: stdout is for the path. */
function run(command, parameters, variables = {}) {
  const env = { ...process.env, ...variables };
  const { status, error } = spawnSync(command, parameters, { stdio: ["ignore", 2, 2], env });
  if (status === 0) return;
  const reason = error?.message ?? `it ended with ${status}`;
  throw new Error(
    `Cannot make a Python environment: ${command} ${parameters.join(" ")}: ${reason}`,
  );
}

function isMade(extra) {
  return installedPython() !== undefined && (extra === undefined || existsSync(extraFolder(extra)));
}

function main(flags) {
  if (flags.includes("--if-found") && !hasPython()) {
    process.stderr.write(`${leftOut}\n`);
    return;
  }
  const extra = extras[flags.find((flag) => flag in extras)];
  if (flags.includes("--if-made") && !isMade(extra)) return;
  const path = extra === undefined ? environment().interpreter : extraPackages(extra);
  process.stdout.write(`${path}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
