/** The bundled server as an editor meets it: over IPC, with documents, edits, cancellation and a clean end. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CancellationTokenSource } from "vscode-jsonrpc/node";
import { distUrl } from "../support/dist";
import { type LanguageServer, startLanguageServer } from "../support/recipe-editor";
import { longRecipe } from "../support/long-recipe";
import { sample } from "../language/support/snippet";
import { runRecord } from "../support/run-record";

let workspace: string;
let server: LanguageServer;
let uri: string;

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "deep-fusion-language-"));
  uri = pathToFileURL(join(workspace, "sample.fusion.yaml")).href;
  server = await startLanguageServer({
    server: distUrl("server.js"),
    workspace,
    storage: workspace,
  });
});

afterEach(async () => {
  if (server.process.exitCode === null) expect(await server.stop()).toBe(0);
  await rm(workspace, { recursive: true, force: true });
});

async function open(text: string): Promise<void> {
  await server.connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "deep-fusion-recipe", version: 1, text },
  });
}

function ask(method: string, params: object = {}): Promise<unknown> {
  return server.connection.sendRequest(`textDocument/${method}`, {
    textDocument: { uri },
    ...params,
  });
}

describe("the language server", () => {
  it("publishes problems of the text and of the files it names, and takes them back", async () => {
    await open(
      sample.replace("embedded: [moby-dick]", "files: [boks.txt]").replace("seed: 2", "sede: 2"),
    );
    const found = await server.diagnosticsWhere(({ diagnostics }) => diagnostics.length === 2);
    expect(found.diagnostics.map(({ message }) => message).join("\n")).toMatch(
      /there is no key "sede"[^]*there is no "boks.txt"/,
    );
    await writeFile(join(workspace, "boks.txt"), "text");
    await server.diagnosticsWhere(({ diagnostics }) => diagnostics.length === 1);
  });

  it("follows incremental edits, and offers a fix that works", async () => {
    await open(sample);
    await server.diagnosticsWhere((published) => published.uri === uri);
    const at = { line: 12, character: 32 };
    await server.connection.sendNotification("textDocument/didChange", {
      textDocument: { uri, version: 2 },
      contentChanges: [{ range: { start: at, end: { line: 12, character: 36 } }, text: "sede" }],
    });
    const found = await server.diagnosticsWhere(({ version }) => version === 2);
    expect(found.diagnostics).toHaveLength(1);
    const fixes = await ask("codeAction", {
      range: { start: at, end: at },
      context: { diagnostics: [] },
    });
    expect(fixes).toMatchObject([{ title: 'Change to "seed"', isPreferred: true }]);
  });

  it("answers every kind of request", async () => {
    await open(sample);
    const position = { line: 13, character: 19 };
    expect(await ask("completion", { position })).not.toEqual([]);
    expect(await ask("hover", { position })).toHaveProperty("contents.kind", "markdown");
    expect(await ask("definition", { position })).toHaveProperty("range.start.line", 11);
    expect(
      await ask("references", { position, context: { includeDeclaration: true } }),
    ).toHaveLength(2);
    expect(await ask("documentHighlight", { position })).toHaveLength(2);
    expect(await ask("prepareRename", { position })).toHaveProperty("placeholder", "a");
    expect(await ask("documentSymbol")).toHaveLength(5);
    expect(await ask("foldingRange")).not.toEqual([]);
    expect(await ask("formatting", { options: { tabSize: 2, insertSpaces: true } })).toEqual([]);
    expect(await ask("codeLens")).toHaveLength(7);
    const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
    await expect.poll(() => ask("inlayHint", { range })).not.toEqual([]);
    const refusal = ask("rename", { position, newName: "small" });
    await expect(refusal).rejects.toThrow(/there is a model "small" already/);
  });

  it("shows how far the stages of the recipe's run are", async () => {
    const folder = join(workspace, "runs", "sample");
    await mkdir(folder, { recursive: true });
    const stage = { kind: "train", inputs_sha256: "", state: "stopped" } as const;
    const record = runRecord({ stages: { a: { ...stage, step: 1200, steps: 2000 } } });
    await writeFile(join(folder, "run.json"), JSON.stringify(record));
    await open(sample);
    await expect
      .poll(() => ask("codeLens"))
      .toContainEqual(
        expect.objectContaining({
          command: {
            title: "$(debug-continue) Resume at step 1,200",
            command: "deepFusion.resumeRun",
            arguments: [folder],
          },
        }),
      );
  });

  it("lets the training panel edit a recipe", async () => {
    await open(sample);
    const edit = await server.connection.sendRequest("deepFusion/recipe/set", {
      uri,
      path: "stages.a.steps",
      value: "50",
    });
    expect(edit).toMatchObject({ newText: "50" });
    const summary = await server.connection.sendRequest("deepFusion/recipe/summary", { uri });
    expect(summary).toMatchObject({ errors: 0 });
  });

  it("does not work on what was cancelled, nor for documents that are closed", async () => {
    await open(longRecipe(64 * 1024));
    const source = new CancellationTokenSource();
    const requests = Array.from({ length: 20 }, () =>
      server.connection.sendRequest(
        "textDocument/documentSymbol",
        { textDocument: { uri } },
        source.token,
      ),
    );
    source.cancel();
    const answers = await Promise.allSettled(requests);
    expect(answers.some(({ status }) => status === "rejected")).toBe(true);
    await server.connection.sendNotification("textDocument/didClose", { textDocument: { uri } });
    expect(await ask("hover", { position: { line: 0, character: 0 } })).toBeNull();
    expect(await ask("codeLens")).toEqual([]);
  });

  it("survives text that is no recipe", async () => {
    await open("[".repeat(50_000));
    const found = await server.diagnosticsWhere((published) => published.uri === uri);
    expect(found.diagnostics[0]!.message).toContain("Cannot read");
    expect(await ask("hover", { position: { line: 0, character: 5 } })).toBeNull();
  });
});
