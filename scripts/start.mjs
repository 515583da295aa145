// Opens the extension, built from these sources, with the sample: in the VS Code of the machine, or where there is no
// `code` on the PATH, in a VS Code server whose address is printed and opened in the browser. Ctrl-C ends that.
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { linkExtension, startVsCode, workbenchAddress } from "./vscode.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const workspace = join(root, ".cache", "start", "workspace");

execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
mkdirSync(workspace, { recursive: true });
const recipe = join(workspace, "quickstart.fusion.yaml");
if (!existsSync(recipe)) copyFileSync(join(root, "examples/quickstart.fusion.yaml"), recipe);

const code = findCode();
if (code !== undefined) {
  const parameters = ["--new-window", `--extensionDevelopmentPath=${root}`, workspace, recipe];
  spawn(code, parameters, { stdio: "inherit", shell: process.platform === "win32" });
} else {
  await serve();
}

function findCode() {
  const names = process.platform === "win32" ? ["code.cmd"] : ["code"];
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
}

async function serve() {
  const data = join(root, ".cache", "start", "data");
  const extensions = join(root, ".cache", "start", "extensions");
  mkdirSync(join(data, "User"), { recursive: true });
  const settings = join(data, "User", "settings.json");
  if (!existsSync(settings)) {
    writeFileSync(settings, '{ "workbench.startupEditor": "none", "git.enabled": false }\n');
  }
  linkExtension(extensions);
  const port = await freePort();
  const server = startVsCode({ port, data, extensions, workspace });
  server.stderr.pipe(process.stderr);
  const address = workbenchAddress({ port, workspace });
  await answering(port, server);
  process.stdout.write(
    `VS Code runs at ${address}\nPress "Try the Sample" behind the Deep Fusion icon; Ctrl-C ends it.\n`,
  );
  openBrowser(address);
  process.on("SIGINT", () => server.kill("SIGTERM"));
  server.on("exit", (exitCode) => process.exit(exitCode ?? 0));
}

async function answering(port, server) {
  while (server.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("Cannot start the VS Code server: it ended at once; its complaint stands above");
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Where there is none, the address has been printed. */
function openBrowser(address) {
  const command = { darwin: "open", win32: "explorer" }[process.platform] ?? "xdg-open";
  spawn(command, [address], { stdio: "ignore", detached: true }).on("error", () => undefined);
}
