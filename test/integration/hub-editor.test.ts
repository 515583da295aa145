/** The language server fetches checkpoints for the editor: with progress, and a way to stop. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CancellationTokenSource } from "vscode-jsonrpc/node";
import { jobProgress } from "../../server/protocol/fusion";
import { fetchCheckpointRequest } from "../../server/protocol/import";
import { writeParents } from "../fusion/support/parent-folders";
import { type HubServer, startHub } from "../hugging-face/support/hub-server";
import { filesOf } from "../hugging-face/support/hubs";
import { type LanguageServer, startLanguageServer } from "../support/language-server";

let directory: string;
let hub: HubServer;
let server: LanguageServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hub-editor-"));
  await writeParents(directory);
  hub = await startHub();
  hub.host({ name: "tiny/a", files: filesOf(join(directory, "a")) });
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_CACHE", join(directory, "cache"));
  vi.stubEnv("HF_TOKEN", "");
  server = await startLanguageServer({ folder: directory, storage: directory });
});

afterAll(async () => {
  await server.close();
  vi.unstubAllEnvs();
  await hub.close();
  await rm(directory, { recursive: true });
});

const fetchIt = (text: string, token?: CancellationTokenSource["token"]) =>
  server.connection.sendRequest(fetchCheckpointRequest, { text, job: "job" }, token);

describe("importing from the Hub in the editor", () => {
  test("says in words what cannot be had", async () => {
    await expect(fetchIt("t5-small")).rejects.toThrow("hf://t5-small: it names no owner");
    await expect(fetchIt("tiny/none")).rejects.toThrow("Cannot find hf://tiny/none");
  });

  test("stops when it is told to, goes on from there, and answers with the folder", async () => {
    const weights = readFileSync(join(directory, "a", "model.safetensors"));
    const said: string[] = [];
    server.connection.onNotification(jobProgress, ({ label }) => {
      said.push(label);
    });
    const stopping = new CancellationTokenSource();
    // The header comes; of the whole file the beginning.
    hub.fail(/\?signature/, (_, usual) => {
      usual();
    });
    hub.fail(/\?signature/, (response) => {
      response.writeHead(200, { "content-length": String(weights.length) });
      response.write(weights.subarray(0, 1000));
    });
    const first = fetchIt("tiny/a", stopping.token);
    first.catch(() => undefined);
    const blobs = join(directory, "cache", "models--tiny--a", "blobs");
    const arrived = () =>
      readdirSync(blobs)
        .filter((name) => name.endsWith(".incomplete"))
        .map((name) => statSync(join(blobs, name)).size);
    await vi.waitFor(
      () => {
        expect(arrived()).toEqual([1000]);
      },
      { timeout: 60_000 },
    );
    expect(said.join()).toMatch(/B of [\d.]+ kB/);
    stopping.cancel();
    await expect(first).rejects.toThrow();
    const folder = await fetchIt("https://huggingface.co/tiny/a");
    expect(existsSync(join(folder, "model.safetensors"))).toBe(true);
    expect(hub.seen.at(-1)!.range).toBe("bytes=1000-");
  });
});
