import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { breakEngine, copyBundles } from "../support/broken-installation";
import manifest from "../../package.json" with { type: "json" };
import { longRecipe } from "./support/long-run";
import { pageOf } from "./support/pages";
import { processesOf } from "./support/processes";
import { type ReadOnlyFolder, readOnlyFolder } from "./support/read-only-folder";
import { copyQuickstart } from "./support/sample-run";
import { until } from "./support/until";
import { useVsCode, writeMachineSettings } from "./support/vscode";
import {
  expand,
  insist,
  notification,
  openDeepFusion,
  openFile,
  pick,
  row,
  runCommand,
} from "./support/workbench";

const recipe = "long.fusion.yaml";

describe("a machine on which something is amiss", () => {
  const engines = mkdtempSync(join(tmpdir(), "engines-"));
  beforeAll(() => {
    vi.stubEnv("DEEP_FUSION_ENGINES", engines); // before VS Code starts
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(engines, { recursive: true });
  });
  const vscode = useVsCode({
    workspace: { [recipe]: longRecipe },
    prepare: copyQuickstart,
    machineSettings: { "deepFusion.node.path": "/nowhere/node" },
  });
  const useNode = (path: string) => {
    writeMachineSettings(vscode().data, { "deepFusion.node.path": path });
  };
  /** A program of this name that is named as the Node. */
  const program = (name: string, script: string, mode: number): string => {
    const file = join(vscode().folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, mode);
    return file;
  };

  test("a Node which is not there is named, with the way to its setting", async () => {
    const { page } = vscode();
    await openDeepFusion(page);
    const news = notification(page, /Cannot start Node \(\/nowhere\/node\): there is no such/);
    await news.locator(".monaco-button", { hasText: "Open Settings" }).click();
    const settings = page.locator(".settings-editor");
    await settings.getByLabel("deepFusion.node.path").first().waitFor();
    await insist(
      () => page.keyboard.press("Escape"),
      (options) => settings.waitFor({ state: "hidden", ...options }),
    );
  });

  test("one that may not be run, or is too old, is named as what it is", async () => {
    const { page } = vscode();
    useNode(program("not-a-program", "", 0o644));
    await notification(page, /Cannot start Node \(.*not-a-program\): it may not be run/).waitFor();
    useNode(program("old-node", "echo v18.20.0", 0o755));
    await notification(page, /old-node: it is Node v18\.20\.0, and 20\.19 or newer/).waitFor();
    await row(page, /it is Node v18/).waitFor();
  });

  test("a start that takes too long is taken back, and leaves nothing; all is well with a good Node", async () => {
    const { page, workspace } = vscode();
    const stuck = `case "$*" in *dist/cli.js*) exec sleep 3000;; esac\nexec ${process.execPath} "$@"`;
    useNode(program("slow-node", stuck, 0o755));
    await row(page, /^quickstart/).waitFor();
    await runCommand(page, "Notifications: Clear All Notifications");
    await openFile(page, recipe);
    await runCommand(page, "Deep Fusion: Start Run");
    const starting = notification(page, /Starting long\.fusion\.yaml/);
    await starting.locator(".monaco-button", { hasText: "Cancel" }).click();
    const begun = join(workspace, "runs", "long");
    await until("nothing is left of it", () => !existsSync(begun));
    await starting.waitFor({ state: "hidden" });
    expect(await notification(page, "").count()).toBe(0);
    writeMachineSettings(vscode().data, {});
    const panel = await pageOf(page, "panel");
    // What the server has read of the recipe.
    await panel.getByLabel("steps").waitFor();
  });

  test("an engine that cannot be set up is said with the reason; one that is cancelled leaves nothing", async () => {
    const { page } = vscode();
    const foreign = join(engines, "tensorflow-gpu");
    mkdirSync(foreign, { recursive: true });
    writeFileSync(join(foreign, "notes.txt"), "mine");
    const install = async (choice: string) => {
      await runCommand(page, "Deep Fusion: Install an Engine for Graphics Cards");
      await pick(page, "Install an engine", choice);
    };
    await install("TensorFlow for an NVIDIA graphics card");
    const reason = /Cannot set tensorflow-gpu up in .*: it holds "notes\.txt", and is no engine/;
    await notification(page, reason).waitFor();
    await install("TensorFlow for the processor");
    const progress = notification(page, /Setting up TensorFlow: ./);
    await progress.locator(".monaco-button", { hasText: "Cancel" }).click();
    await progress.waitFor({ state: "hidden" });
    await until("nothing of it is left but its log", () =>
      readdirSync(engines).every((name) => ["tensorflow-gpu", "tensorflow.log"].includes(name)),
    );
    expect(readdirSync(foreign)).toEqual(["notes.txt"]);
    await runCommand(page, "Notifications: Clear All Notifications");
  });

  test("a hub that refuses the dashboard's token is said, and a button connects again", async () => {
    const { page } = vscode();
    let wrong = true;
    await page.routeWebSocket(/127\.0\.0\.1:\d+\/$/, (socket) => {
      const hub = socket.connectToServer();
      socket.onMessage((message) => {
        const isHello = typeof message === "string" && message.includes('"hello"');
        hub.send(isHello && wrong ? message.replace(/[0-9a-f]{64}/, "0".repeat(64)) : message);
      });
    });
    await runCommand(page, "Deep Fusion: Open Dashboard");
    const dashboard = await pageOf(page, "dashboard");
    await dashboard.locator(".welcome", { hasText: "The server refused the connection" }).waitFor();
    wrong = false;
    await dashboard.getByRole("button", { name: "Connect again" }).click();
    await dashboard.locator(".connection").getByText("live", { exact: true }).waitFor();
    await dashboard.locator(".chart").first().waitFor();
  });

  test("a hub's port that is taken does no harm: the next hub takes another", async () => {
    const { page, folder } = vscode();
    const ports = hubPorts(page);
    const dashboard = await pageOf(page, "dashboard");
    await runCommand(page, "Deep Fusion: Restart Language Server");
    await until("the page has found the next hub", () => ports.size === 1);
    const [port] = ports;
    const serverPid = () =>
      processesOf(folder).find(({ command }) => command.includes("dist/server.js"))?.pid;
    const killed = serverPid()!;
    process.kill(killed, "SIGKILL");
    const taken = await take(port!);
    await until("another server runs", () => ![killed, undefined].includes(serverPid()));
    // By another port, straight or through the extension host: this one answers nothing.
    await dashboard.locator(".connection").getByText("live", { exact: true }).waitFor();
    taken.close();
  });

  test("a checkpoint deleted while it is shown leaves the tree; its open page says so", async () => {
    const { page, workspace } = vscode();
    await runCommand(page, "Deep Fusion: Inspect Kernels");
    await pick(page, "Kernels of which checkpoint?", "b, step 30");
    const tensors = await pageOf(page, "tensors");
    await tensors.getByRole("row").nth(2).click();
    await tensors.locator("canvas").first().waitFor();
    await expand(page, /^quickstart/);
    await expand(page, /^bdone/);
    await row(page, /^step 20/).waitFor();
    rmSync(join(workspace, "runs", "quickstart", "b", "step-00000030"), { recursive: true });
    await row(page, /^step 30/).waitFor({ state: "hidden" });
    await row(page, /^step 20/).waitFor();
    await tensors.getByRole("row").nth(3).click();
    await tensors.getByText(/no such file|does not exist|is not there/i).waitFor();
  });
});

describe("a folder that is not trusted and cannot be written, and an engine that cannot be loaded", () => {
  let place: ReadOnlyFolder;
  beforeAll(() => {
    place = readOnlyFolder({ [recipe]: longRecipe });
  });
  afterAll(() => {
    place.close();
  });
  const vscode = useVsCode({
    workspaceAt: () => Promise.resolve(place.folder),
    install: installBroken,
    trust: "asked",
    settings: { "security.workspace.trust.startupPrompt": "never" },
  });

  test("it is looked at and not trained in, until it is trusted", async () => {
    const { page } = vscode();
    await openDeepFusion(page);
    const panel = await pageOf(page, "panel");
    await panel.getByText("Trust this workspace to train here.").waitFor();
    const start = panel.getByRole("button", { name: "Start", exact: true });
    expect(await start.isDisabled()).toBe(true);
    await openFile(page, recipe);
    // Looking works: the size of the model stands beside it.
    await page.locator(".view-lines").getByText("11.5k parameters").waitFor();
    await runCommand(page, "Workspaces: Manage Workspace Trust");
    await page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).click();
    const trusting = await pageOf(page, "panel");
    await trusting.locator("button:enabled", { hasText: /^Start$/ }).waitFor();
  });

  test("a run that has no place there is refused, with the reason", async () => {
    const { page } = vscode();
    await openFile(page, recipe);
    await runCommand(page, "Deep Fusion: Start Run");
    await notification(page, /Cannot run in .*(can only be read|this user may not)/).waitFor();
  });

  test("the sample goes to the extension's own folder, and says why it cannot be trained", async () => {
    const { page } = vscode();
    await runCommand(page, "Deep Fusion: Try the Sample");
    await page.locator('.tab[data-resource-name="quickstart.fusion.yaml"]').waitFor();
    const reason = /Cannot load onnxruntime, which computes: .*; install Deep Fusion .* again/;
    await notification(page, new RegExp(`quickstart failed\\. .*${reason.source}`)).waitFor();
    await row(page, /^quickstart.*failed/).waitFor();
    const panel = await pageOf(page, "panel");
    await panel.locator(".notice.error").getByText(reason).waitFor();
    // What needs no engine works.
    await page.locator(".view-lines").getByText("11.5k parameters").waitFor();
  });
});

/** Of the sockets that pages open from now on. */
function hubPorts(page: Page): ReadonlySet<string> {
  const ports = new Set<string>();
  page.on("websocket", (socket) => {
    const { port } = new URL(socket.url());
    if (port !== new URL(page.url()).port) ports.add(port);
  });
  return ports;
}

/** Listens there as soon as nobody else does, and answers nothing. */
async function take(port: string): Promise<Server> {
  const server = createServer();
  await until(`port ${port} is free`, () => {
    return new Promise((resolve) => {
      server.once("error", () => {
        resolve(false);
      });
      server.listen(Number(port), "127.0.0.1", () => {
        resolve(true);
      });
    });
  });
  return server;
}

/** The extension under development, but for the binary that computes. */
function installBroken(extensions: string): void {
  const { publisher, name: id, version } = manifest;
  const folder = join(extensions, `${publisher}.${id}-${version}`);
  mkdirSync(folder, { recursive: true });
  for (const name of ["package.json", "package.nls.json", "l10n", "resources", "examples"])
    cpSync(name, join(folder, name), { recursive: true });
  copyBundles(folder);
  breakEngine(folder);
}
