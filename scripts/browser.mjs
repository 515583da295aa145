// Prints the path of a Chromium or Chrome for the browser tests; on Debian and its kin, as root, installs one
// where there is none. CHROME_PATH names another. Chromium's headless shell, which has no window to draw, needs a third
// of the time for a page: it is taken where there is one, and installed beside a Chromium where it can be.
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";

const shell = "chromium-headless-shell";
const names = [
  shell,
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
];
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/** Path of a browser; throws with the package to install where there is none and none can be had. */
export function findBrowser() {
  return existing() ?? installed();
}

function existing() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = [
    process.env.CHROME_PATH,
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
    ...places,
  ];
  return candidates.find((file) => file !== undefined && file !== "" && isExecutable(file));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installed() {
  const hint =
    "install Chromium or Chrome (Debian and Ubuntu: apt-get install chromium; macOS: brew install --cask " +
    "google-chrome), or name one in CHROME_PATH";
  if (!canInstall()) throw new Error(`Cannot find a browser for the tests: ${hint}`);
  try {
    install("chromium");
  } catch (error) {
    throw new Error(`Cannot install a browser for the tests: ${error.message}; ${hint}`);
  }
  const found = existing();
  if (found === undefined) throw new Error(`Cannot find the browser just installed: ${hint}`);
  return found;
}

function canInstall() {
  return process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

/** A package of Debian's. */
function install(name) {
  process.stderr.write(`Installing Debian's package ${name}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { stdio: ["ignore", "ignore", "inherit"], env };
  execFileSync("apt-get", ["update", "-qq"], options);
  execFileSync("apt-get", ["install", "-qq", "-y", "--no-install-recommends", name], options);
}

/** Not every kin of Debian's has it; without it the tests only take longer. */
function tryToInstallShell() {
  const { CHROME_PATH = "" } = process.env;
  if (CHROME_PATH !== "" || !canInstall() || existing()?.endsWith(shell) === true) return;
  try {
    install(shell);
  } catch (error) {
    process.stderr.write(`Going on without ${shell}: ${error.message}\n`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    if (process.argv.includes("--install")) tryToInstallShell();
    process.stdout.write(`${findBrowser()}\n`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
