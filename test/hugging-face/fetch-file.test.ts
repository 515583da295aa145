import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fetchFile, type FetchOptions } from "../../server/hugging-face/fetch-file";
import type { Hub } from "../../server/hugging-face/hub";
import { parseReference } from "../../server/hugging-face/reference";
import { listRepository, openRepository } from "../../server/hugging-face/repository";
import { temporaryFolders } from "../checkpoint/support/folder";
import {
  answer,
  cutAfter,
  garble,
  gitSha1,
  type HostedRepository,
  type HubServer,
  ignoreRange,
  type SeenRequest,
  sha256,
} from "./support/hub-server";
import { asking, hubServers } from "./support/hubs";

const newFolder = temporaryFolders();
const newHub = hubServers();

const weights = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) % 251));
const config = Buffer.from('{"model_type": "t5"}\n');
const model: HostedRepository = {
  name: "owner/model",
  files: { "config.json": config, "weights.bin": weights },
};

async function fetched(
  hub: Hub,
  path = "weights.bin",
  options: FetchOptions = {},
): Promise<string> {
  const repository = await openRepository(hub, parseReference("hf://owner/model", "model"));
  const file = (await listRepository(repository)).get(path)!;
  return fetchFile(repository, file, options);
}

/** Its first byte. */
const startOf = ({ range }: SeenRequest) => Number(/\d+/.exec(range ?? "0")![0]);
const largeRequests = ({ seen }: HubServer) => seen.filter(({ server }) => server === "files");

async function started(changes: Partial<Hub> = {}) {
  const server = await newHub();
  const { commit } = server.host(model);
  const cache = join(newFolder(), "hub");
  return { server, commit, cache, hub: asking(server, cache, changes) };
}

describe("fetchFile()", () => {
  test("puts files where Hugging Face's own programs look for them", async () => {
    const { hub, cache, commit } = await started();
    const path = await fetched(hub);
    const folder = join(cache, "models--owner--model");
    expect(path).toBe(join(folder, "snapshots", commit, "weights.bin"));
    expect(readFileSync(path).equals(weights)).toBe(true);
    expect(readlinkSync(path)).toBe(join("..", "..", "blobs", sha256(weights)));
    const small = await fetched(hub, "config.json");
    expect(readlinkSync(small)).toBe(join("..", "..", "blobs", gitSha1(config)));
    expect(readdirSync(join(folder, "blobs")).sort()).toEqual(
      [sha256(weights), gitSha1(config)].sort(),
    );
    expect(readdirSync(join(cache, ".locks", "models--owner--model"))).toEqual([]);
  });

  test("asks for nothing that is there already", async () => {
    const { hub, server } = await started();
    await fetched(hub);
    await fetched(hub);
    expect(largeRequests(server).length).toBe(1);
  });

  test("goes on where the connection broke", async () => {
    const { hub, server } = await started();
    const large = new RegExp(sha256(weights));
    server.fail(large, cutAfter(70_000));
    server.fail(large, cutAfter(50_000));
    expect(readFileSync(await fetched(hub)).equals(weights)).toBe(true);
    const [first, ...later] = largeRequests(server).map(startOf);
    expect(first).toBe(0);
    expect(later.length).toBe(2);
    expect(later[0]).toBeGreaterThan(0);
    expect(later[1]).toBeGreaterThan(later[0]!);
  });

  test("goes on from what an earlier process has left", async () => {
    const { hub, server, cache } = await started();
    const blobs = join(cache, "models--owner--model", "blobs");
    mkdirSync(blobs, { recursive: true });
    writeFileSync(
      join(blobs, `${sha256(weights)}.deep-fusion.incomplete`),
      weights.subarray(0, 150_000),
    );
    expect(readFileSync(await fetched(hub)).equals(weights)).toBe(true);
    expect(largeRequests(server).map(({ range }) => range)).toEqual(["bytes=150000-"]);
  });

  test("does not trust what was left, and begins anew where it is not the file's", async () => {
    const { hub, server, cache } = await started();
    const blobs = join(cache, "models--owner--model", "blobs");
    mkdirSync(blobs, { recursive: true });
    const partial = join(blobs, `${sha256(weights)}.deep-fusion.incomplete`);
    writeFileSync(partial, Buffer.alloc(150_000, 1));
    expect(readFileSync(await fetched(hub)).equals(weights)).toBe(true);
    expect(largeRequests(server).map(({ range }) => range)).toEqual(["bytes=150000-", undefined]);
    expect(existsSync(partial)).toBe(false);
  });

  for (const [how, fault] of [
    ["answered in full", ignoreRange],
    ["refused", answer(416)],
  ] as const) {
    test(`copes with ranges that are ${how}`, async () => {
      const { hub, server } = await started();
      const large = new RegExp(sha256(weights));
      server.fail(large, cutAfter(70_000));
      server.fail(large, fault);
      expect(readFileSync(await fetched(hub)).equals(weights)).toBe(true);
    });
  }

  test("refuses content with another hash, and leaves none of it", async () => {
    const { hub, server, cache } = await started();
    server.fail(new RegExp(sha256(weights)), garble, 9);
    await expect(fetched(hub)).rejects.toThrow(
      /^Cannot use hf:\/\/owner\/model\/weights\.bin: its content hashes to [0-9a-f]{64}, and the Hub announced [0-9a-f]{64}; fetch it again/,
    );
    expect(readdirSync(join(cache, "models--owner--model", "blobs"))).toEqual([]);
    expect(existsSync(join(cache, "models--owner--model", "snapshots"))).toBe(false);
    server.fail(/config\.json/, garble);
    await expect(fetched(hub, "config.json")).rejects.toThrow(/hashes to [0-9a-f]{40},/);
  });

  test("tries again what passes, and waits as long as it is asked to", async () => {
    const { hub, server } = await started({ retryMs: 1 });
    const large = new RegExp(sha256(weights));
    server.fail(large, answer(503));
    server.fail(large, answer(429, { "retry-after": "1" }));
    const start = performance.now();
    await fetched(hub);
    expect(performance.now() - start).toBeGreaterThan(950);
    expect(largeRequests(server).length).toBe(3);
  });

  test("gives up in words when it does not pass, and keeps what came for the next time", async () => {
    const { hub, server, cache } = await started();
    const large = new RegExp(sha256(weights));
    server.fail(large, cutAfter(70_000));
    server.fail(large, answer(503), 6);
    await expect(fetched(hub)).rejects.toThrow(
      /^Cannot read hf:\/\/owner\/model\/weights\.bin: .* it answers 503; try again later$/,
    );
    const left = join(
      cache,
      "models--owner--model",
      "blobs",
      `${sha256(weights)}.deep-fusion.incomplete`,
    );
    const { size } = lstatSync(left);
    expect(size).toBeGreaterThan(0);
    await fetched(hub);
    expect(startOf(largeRequests(server).at(-1)!)).toBe(size);
  });

  test("gives up what hangs, and tries again", async () => {
    const { hub, server } = await started({ stallMs: 1000 });
    const large = new RegExp(sha256(weights));
    server.fail(large, () => undefined);
    server.fail(large, (response) => {
      response.writeHead(200, { "content-length": "200000" });
      response.write(weights.subarray(0, 10));
    });
    expect(readFileSync(await fetched(hub)).equals(weights)).toBe(true);
    expect(largeRequests(server)[2]!.range).toBe("bytes=10-");
  });

  test("stops at once when it is told to, and goes on from there the next time", async () => {
    const { hub, server } = await started();
    const stopping = new AbortController();
    server.fail(new RegExp(sha256(weights)), (response) => {
      response.writeHead(200, { "content-length": "200000" });
      response.write(weights.subarray(0, 1000));
    });
    const { signal } = stopping;
    const onBytes = (done: number): void => {
      if (done === 1000) stopping.abort();
    };
    await expect(fetched(hub, "weights.bin", { signal, onBytes })).rejects.toThrow(/abort/i);
    await fetched(hub);
    expect(largeRequests(server).at(-1)!.range).toBe("bytes=1000-");
  });

  test("refuses a file of another size or commit than was announced", async () => {
    const { hub, server } = await started();
    const large = new RegExp(sha256(weights));
    server.fail(large, cutAfter(70_000));
    server.fail(large, (response, _, request) => {
      const from = Number(/\d+/.exec(request.headers.range ?? "")?.[0]);
      response.writeHead(206, { "content-range": `bytes ${from}-${from + 9}/70010` });
      response.end("0123456789");
    });
    await expect(fetched(hub)).rejects.toThrow("it has 70010 bytes, and 200000 were announced");
    server.fail(/resolve.*config\.json/, answer(200, { "x-repo-commit": "f".repeat(40) }, "{}"));
    await expect(fetched(hub, "config.json")).rejects.toThrow("it is of another commit");
  });

  test("two at once fetch it once", async () => {
    const { hub, server } = await started();
    const both = await Promise.all([fetched(hub), fetched(hub)]);
    expect(both[0]).toBe(both[1]);
    expect(largeRequests(server).length).toBe(1);
  });

  test("says which folder cannot be written", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "file"), "");
    const { server } = await started();
    const hub = asking(server, join(folder, "file", "hub"));
    await expect(fetched(hub)).rejects.toThrow(
      /Cannot keep .* in .*: a part of its path is a file .*HF_HUB_CACHE/,
    );
  });
});

describe("the token", () => {
  test("goes to the Hub, and never to where its files lie or to where it leads", async () => {
    const { server, cache } = await started();
    const hub = asking(server, cache, { token: () => Promise.resolve("hf_secret") });
    await fetched(hub);
    const sent = new Set(
      server.seen.map((seen) => `${seen.server} ${seen.authorization ?? "none"}`),
    );
    expect([...sent].sort()).toEqual(["files none", "hub Bearer hf_secret"]);
  });

  test("is not sent after a redirect of the Hub's own addresses either", async () => {
    const { server, cache } = await started();
    const hub = asking(server, cache, { token: () => Promise.resolve("hf_secret") });
    server.fail(
      /^\/api/,
      answer(307, { location: `${server.filesEndpoint}/api/models/owner/model` }),
    );
    await expect(fetched(hub)).rejects.toThrow("Cannot find hf://owner/model");
    expect(largeRequests(server).map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test("a redirect to something else than http, or in circles, is not followed", async () => {
    const { hub, server } = await started();
    server.fail(/^\/api/, answer(302, { location: "file:///etc/passwd" }));
    await expect(fetched(hub)).rejects.toThrow(
      'it leads to "file:///etc/passwd", which is no safe address',
    );
    server.fail(/^\/api/, answer(302, { location: "/api/again" }), 99);
    await expect(fetched(hub)).rejects.toThrow("it leads on more than 6 times");
  });
});
