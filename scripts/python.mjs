// Prints the path of a Python that has what test/python/requirements.txt names, and nothing else, on stdout.
//
// The environment lies in .cache/python, is made at the first call and made anew when the requirements change.
// DEEP_FUSION_PYTHON names an interpreter to use instead, as it is. With --installed nothing is made, and nothing
// printed where there is none yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const requirements = join(root, "test", "python", "requirements.txt");
const minimum = [3, 11];
const names = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"];

try {
  process.stdout.write(`${process.env.DEEP_FUSION_PYTHON ?? environment()}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** The interpreter of the environment, which is complete. */
function environment() {
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const directory = join(root, ".cache", "python", hash);
  const complete = join(directory, "complete");
  const interpreter =
    process.platform === "win32"
      ? join(directory, "Scripts", "python.exe")
      : join(directory, "bin", "python");
  if (existsSync(complete)) return interpreter;
  if (process.argv.includes("--installed")) return "";

  process.stderr.write(
    `Installing PyTorch and transformers into ${directory}: once, 3 GB to download and 6 GB on disk on ` +
      "Linux, where PyPI's PyTorch carries CUDA, and 1 GB elsewhere\n",
  );
  const python = findPython();
  rmSync(directory, { recursive: true, force: true }); // what an interrupted call left
  mkdirSync(directory, { recursive: true });
  run(python, ["-m", "venv", directory]);
  run(interpreter, ["-m", "pip", "install", "--disable-pip-version-check", "-r", requirements]);
  writeFileSync(complete, "");
  return interpreter;
}

function findPython() {
  const found = names.find((name) => {
    const { status } = spawnSync(name, [
      "-c",
      `import sys, venv, ensurepip; sys.exit(sys.version_info[:2] < (${minimum.join(", ")}))`,
    ]);
    return status === 0;
  });
  if (found !== undefined) return found;

  throw new Error(
    `Cannot make a Python environment: no Python ${minimum.join(".")} or newer with venv was found as ` +
      `${names.join(", ")}; install one (Debian and Ubuntu: apt-get install python3-venv; macOS: brew install ` +
      "python; Windows: winget install Python.Python.3.13), or name one in DEEP_FUSION_PYTHON",
  );
}

/** Its output goes to stderr: stdout is for the path. */
function run(command, parameters) {
  const { status, error } = spawnSync(command, parameters, { stdio: ["ignore", 2, 2] });
  if (status === 0) return;
  const reason = error?.message ?? `it ended with ${status}`;
  throw new Error(
    `Cannot make a Python environment: ${command} ${parameters.join(" ")}: ${reason}`,
  );
}
