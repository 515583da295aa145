import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import type { Hub } from "../../server/hugging-face/hub";
import {
  fetchHubCheckpoint,
  openHubCheckpoint,
  openHubHeaders,
} from "../../server/hugging-face/hub-checkpoint";
import { tiny } from "../checkpoint/support/configurations";
import { temporaryFolders } from "../checkpoint/support/folder";
import { shardName, writeSharded } from "../checkpoint/support/shards";
import { sequenceSource } from "../checkpoint/support/sources";
import { writeParent } from "../fusion/support/parent-folders";
import { configured } from "../fusion/support/parents";
import { answer, type HostedRepository, type HubServer } from "./support/hub-server";
import { asking, filesOf, hubServers } from "./support/hubs";

const newFolder = temporaryFolders();
const newHub = hubServers();
const configuration = configured({});

async function checkpointFiles(): Promise<Record<string, Buffer>> {
  const folder = join(newFolder(), "model");
  await writeParent(folder, configuration, 1);
  return filesOf(folder);
}

async function hosting(changes: Partial<HostedRepository> = {}, options?: { pageSize: number }) {
  const server = await newHub(options);
  const files = changes.files ?? (await checkpointFiles());
  const { commit } = server.host({ name: "owner/model", ...changes, files });
  return { server, commit, hub: asking(server, join(newFolder(), "hub")) };
}

const open = (hub: Hub, reference = "hf://owner/model") => openHubCheckpoint(reference, { hub });
const weightBytes = ({ seen }: HubServer) => seen.filter(({ server }) => server === "files");

describe("openHubHeaders()", () => {
  test("judges a checkpoint by its small files and by the header of its weights", async () => {
    const large = configured({ vocab_size: 20_000 });
    const folder = join(newFolder(), "model");
    await writeParent(folder, large, 1);
    const { hub, server, commit } = await hosting({ files: filesOf(folder) });
    const found = await open(hub);
    expect(found.name).toBe(`hf://owner/model@${commit}`);
    const checkpoint = await openHubHeaders(found);
    expect(checkpoint.configuration).toEqual(large);
    expect([...checkpoint.weights.shapes.keys()]).toContain("shared.weight");
    await expect(checkpoint.weights.read("shared.weight")).rejects.toThrow(/has not been fetched/);
    expect(weightBytes(server).map(({ range }) => range)).toEqual(["bytes=0-65535"]);
    expect(existsSync(join(found.folder, "model.safetensors"))).toBe(false);
  });

  test("reads shards by their index, page by page of the listing", async () => {
    const { hub } = await hosting(
      { files: filesOf(await writeSharded(newFolder())) },
      { pageSize: 2 },
    );
    const found = await open(hub);
    expect(found.weights.map(({ path }) => path)).toEqual([1, 2, 3].map(shardName));
    const checkpoint = await openHubHeaders(found);
    expect(checkpoint.configuration).toEqual(tiny);
    const whole = await openCheckpoint(await fetchHubCheckpoint(found, {}));
    expect(await whole.weights.read("shared.weight")).toEqual(
      await sequenceSource(tiny).read("shared.weight"),
    );
    await whole.close();
  });

  test("tells a copy of the embedding from another tensor by samples", async () => {
    const files = await checkpointFiles();
    const { hub, server } = await hosting({ files: { ...files, ...withCopy(files, 0) } });
    await openHubHeaders(await open(hub));
    expect(weightBytes(server).length).toBe(7);
    server.host({ name: "owner/other", files: { ...files, ...withCopy(files, 1) } });
    await expect(openHubHeaders(await open(hub, "hf://owner/other"))).rejects.toThrow(
      "encoder.embed_tokens.weight differs from shared.weight",
    );
  });
});

/** The weights with the embedding once more, as old files have it; its last byte is `change` larger. */
function withCopy(files: Record<string, Buffer>, change: number): Record<string, Buffer> {
  const old = files["model.safetensors"]!;
  const end = 8 + Number(old.readBigUInt64LE());
  const header = JSON.parse(old.toString("utf8", 8, end)) as Record<
    string,
    { data_offsets: number[]; shape: number[] }
  >;
  const [from, to] = header["shared.weight"]!.data_offsets as [number, number];
  const copy = Buffer.from(old.subarray(end + from, end + to));
  copy[copy.length - 1]! ^= change;
  const size = old.length - end;
  header["encoder.embed_tokens.weight"] = {
    ...header["shared.weight"]!,
    data_offsets: [size, size + copy.length],
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return { "model.safetensors": Buffer.concat([length, json, old.subarray(end), copy]) };
}

describe("openHubCheckpoint()", () => {
  test("takes a branch, a tag, a pull request or a commit", async () => {
    const { hub, commit } = await hosting({ revisions: ["v1.0", "refs/pr/1", "feature/x"] });
    for (const revision of ["v1.0", "refs/pr/1", "feature%2Fx", commit]) {
      expect((await open(hub, `hf://owner/model@${revision}`)).repository.commit).toBe(commit);
    }
    const refs = join(hub.cache, "models--owner--model", "refs");
    expect(readFileSync(join(refs, "refs", "pr", "1"), "utf8")).toBe(commit);
    expect(readFileSync(join(refs, "feature", "x"), "utf8")).toBe(commit);
  });

  const faults: readonly [string, Partial<HostedRepository>, RegExp][] = [
    ["has no config.json", { files: { "model.safetensors": "x" } }, /it has no config\.json/],
    [
      "has pickles only",
      { files: { "config.json": "{}", "pytorch_model.bin": "x" } },
      /it has pytorch_model\.bin but no model\.safetensors; .*save_pretrained.*@refs\/pr\/1/,
    ],
    ["has no weights", { files: { "config.json": "{}" } }, /it has no model\.safetensors$/],
    [
      "is gated",
      { access: { kind: "gated", token: "right" } },
      /^Cannot open hf:\/\/owner\/model: it is gated; accept its terms .* or set HF_TOKEN$/,
    ],
    [
      "is private",
      { access: { kind: "private", token: "right" } },
      /^Cannot find hf:\/\/owner\/model: .* has no such repository, or it is private; .*HF_TOKEN$/,
    ],
    [
      "has an index of what is not there",
      {
        files: {
          "config.json": "{}",
          "model.safetensors.index.json": '{"weight_map": {"a": "model-1.safetensors"}}',
        },
      },
      /its index names model-1\.safetensors, which it has not; is its upload complete\?$/,
    ],
    [
      "has an index that leads out of its folder",
      {
        files: {
          "config.json": "{}",
          "model.safetensors.index.json": '{"weight_map": {"a": "../../x.safetensors"}}',
        },
      },
      /not the plain name of a \.safetensors file; shards lie beside the index: name one of them$/,
    ],
  ];
  for (const [what, changes, message] of faults) {
    test(`says why a repository cannot be used that ${what}`, async () => {
      const { hub } = await hosting(changes);
      await expect(open(hub)).rejects.toThrow(message);
    });
  }

  test("says what is not there: no repository, no revision, and to whom", async () => {
    const { hub, server } = await hosting({ access: { kind: "gated", token: "right" } });
    await expect(open(hub, "hf://no/body")).rejects.toThrow(
      "has no such repository, or it is private",
    );
    const wrong = asking(server, hub.cache, { token: () => Promise.resolve("wrong") });
    await expect(open(wrong)).rejects.toThrow("it is gated, and this user has not been let in");
    await expect(open(wrong, "hf://no/body")).rejects.toThrow("or one that this user may not see");
    const right = asking(server, hub.cache, { token: () => Promise.resolve("right") });
    await open(right);
    await expect(open(right, "hf://owner/model@v9")).rejects.toThrow(
      /^Cannot find hf:\/\/owner\/model@v9: the repository has no such revision/,
    );
  });

  test("is not led out of the cache by names in a listing, and passes over what has them", async () => {
    const hostile = [
      "../evil.json",
      "/etc/evil.json",
      "..\\evil.json",
      "C:evil.json",
      "a/../../evil.json",
    ];
    const files = {
      ...(await checkpointFiles()),
      ...Object.fromEntries(hostile.map((path) => [path, "{}"])),
    };
    const { hub } = await hosting({ files });
    const found = await open(hub);
    await fetchHubCheckpoint(found, {});
    expect(found.files.map(({ path }) => path)).not.toContain("../evil.json");
    const written = readdirSync(join(hub.cache, ".."), { recursive: true }).map(String);
    expect(written.filter((path) => path.includes("evil"))).toEqual([]);
  });

  test("asks again where a listing is cut off, and does not go on at another address", async () => {
    const { hub, server } = await hosting();
    server.fail(/\/tree\//, answer(200, {}, '[{"type": "file", "path": "config.js'));
    await open(hub);
    const link = { link: `<${server.filesEndpoint}/steal>; rel="next"` };
    server.fail(/\/tree\//, answer(200, link, "[]"));
    await expect(open(hub)).rejects.toThrow("it goes on at another address");
    server.fail(/\/tree\//, answer(200, {}, '{"error": "no list"}'));
    await expect(open(hub)).rejects.toThrow("the answer is no listing");
    const circle = { link: `<${server.endpoint}/api/models/owner/model/tree/x>; rel="next"` };
    server.fail(/\/tree\//, answer(200, circle, "[]"), 2);
    await expect(open(hub)).rejects.toThrow("it goes on in circles");
  });

  test("does without the Hub where the cache has it all", async () => {
    const { hub, server } = await hosting();
    await expect(open({ ...hub, offline: true })).rejects.toThrow(
      /^Cannot find hf:\/\/owner\/model: it is not in the cache, and HF_HUB_OFFLINE forbids/,
    );
    const found = await open(hub);
    await expect(open({ ...hub, offline: true })).rejects.toThrow("it is not in the cache");
    await fetchHubCheckpoint(found, {});
    const before = server.seen.length;
    const cached = await open({ ...hub, offline: true });
    expect(cached.name).toBe(found.name);
    const checkpoint = await openHubHeaders(cached);
    expect(checkpoint.configuration).toEqual(configuration);
    expect(await fetchHubCheckpoint(cached, {})).toBe(found.folder);
    expect(server.seen.length).toBe(before);
  });

  test("takes the cache where the Hub cannot be reached, and says so", async () => {
    const { hub, server } = await hosting();
    await fetchHubCheckpoint(await open(hub), {});
    server.fail(/./, answer(503), 99);
    const cached = await open(hub);
    expect(cached.repository.cachedBecause?.message).toContain("it answers 503");
    await expect(open(hub, "hf://owner/other")).rejects.toThrow("it answers 503; try again later");
    await server.close();
    expect((await open(hub)).repository.cachedBecause?.message).toContain("nobody answers there");
  });

  test("does not take a branch for what it was at an earlier look", async () => {
    const { hub, server, commit } = await hosting();
    await open(hub);
    const files = { ...(await checkpointFiles()), "README.md": "new" };
    const later = server.host({ name: "owner/model", files });
    server.seen.length = 0;
    expect((await open(hub)).repository.commit).toBe(later.commit);
    const ref = join(hub.cache, "models--owner--model", "refs", "main");
    expect(readFileSync(ref, "utf8")).toBe(later.commit);
    const pinned = openHubCheckpoint("hf://owner/model", {
      hub: { ...hub, offline: true },
      known: commit,
    });
    await expect(pinned).rejects.toThrow();
    expect(readFileSync(ref, "utf8")).toBe(later.commit);
  });

  test("makes sure of room on the disk first", async () => {
    const { hub, server } = await hosting();
    server.fail(
      /\/tree\//,
      answer(
        200,
        {},
        JSON.stringify([
          { type: "file", path: "config.json", size: 2, oid: "0".repeat(40) },
          {
            type: "file",
            path: "model.safetensors",
            size: 10 ** 15,
            oid: "0".repeat(40),
            lfs: { oid: "0".repeat(64), size: 10 ** 15 },
          },
        ]),
      ),
    );
    server.fail(/resolve.*config\.json/, (response) => {
      response.writeHead(200, { "content-length": "2" }).end("{}");
    });
    mkdirSync(join(hub.cache, "models--owner--model", "blobs"), { recursive: true });
    writeFileSync(join(hub.cache, "models--owner--model", "blobs", "0".repeat(40)), "{}");
    const found = await open(hub);
    await expect(fetchHubCheckpoint(found, {})).rejects.toThrow(
      /^Cannot fetch hf:\/\/owner\/model: 1000 TB are still to come, and .* are free in .*; free some space, or name another folder in HF_HUB_CACHE$/,
    );
    expect(weightBytes(server)).toEqual([]);
  });
});
