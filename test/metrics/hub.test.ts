import { appendFile, truncate, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { openRunLog } from "../../server/metrics/run-log";
import type { RunStatus } from "../../server/protocol/runs";
import { Viewer } from "../support/viewer";
import { stream, useHub } from "./support/hub";
import { logLines, stepRecord } from "./support/log-lines";

const files = useHub();
const { open } = files;

/** How a connection ends, or the upgrade's answer. */
function end(url: string, options: ClientOptions, ...messages: readonly (string | Buffer)[]) {
  return new Promise<number>((resolve) => {
    const socket = new WebSocket(url, options);
    socket.on("unexpected-response", (request, { statusCode }) => {
      request.destroy();
      resolve(statusCode ?? 0);
    });
    socket.on("error", () => undefined);
    socket.on("open", () => {
      for (const message of messages) socket.send(message);
    });
    socket.on("close", resolve);
  });
}

const hello = (token: string) => JSON.stringify({ version: 1, kind: "hello", token });
const run = (name: string): RunStatus => ({
  folder: stream.run,
  name,
  state: "running",
  resumable: false,
  startedAt: "2026-01-01T00:00:00Z",
  engine: "graph",
  device: "cpu",
  threads: 1,
  recipeChanged: false,
  stages: [],
});
const range = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe("the hub's door", () => {
  it("is on the loopback, with a token of 256 bits that is another for each hub", async () => {
    const [one, two] = [(await open()).address, (await open()).address];
    expect(one.url).toBe(`ws://127.0.0.1:${one.port}`);
    expect(one.token).toMatch(/^[0-9a-f]{64}$/);
    expect(one.token).not.toBe(two.token);
  });

  it("is closed to a wrong token, no token, and one in the address", async () => {
    const { url, token } = (await open({ helloMs: 100 })).address;
    const wrong = token.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    for (const given of [wrong, "", token.slice(1), `${token}0`, "ü".repeat(64)]) {
      expect(await end(url, {}, hello(given))).toBe(4401);
    }
    expect(await end(`${url}/?token=${token}`, {})).toBe(4401);
    const follow = JSON.stringify({ kind: "follow", ...stream });
    expect(await end(url, {}, follow)).toBe(4401);
  });

  it("is closed to web pages, and to names that point at it", async () => {
    const { url, port, token } = (await open()).address;
    const refused = [
      { origin: "https://example.org" },
      { origin: "null" },
      { origin: "http://localhost.example.org" },
      { origin: "http://127.0.0.1:80@example.org" },
      { origin: "vscode-webview://x.example.org/" },
      { headers: { host: "example.org" } },
      { headers: { host: `rebound.example.org:${port}` } },
      { headers: { host: `127.0.0.1:${port + 1}` } },
    ];
    for (const options of refused) expect(await end(url, options, hello(token))).toBe(403);
  });

  it("is open to webviews, to a VS Code that this machine serves, and to the extension host", async () => {
    const { url, token, port } = (await open()).address;
    const admitted = [
      {},
      { origin: "vscode-webview://0a1b2c" },
      { origin: "http://127.0.0.1:8080" },
      { origin: "http://localhost:3000" },
      { headers: { host: `localhost:${port}` } },
    ];
    for (const options of admitted) {
      const socket = new WebSocket(url, options);
      socket.on("open", () => {
        socket.send(hello(token));
      });
      const text = await new Promise((resolve) => socket.once("message", resolve));
      expect(String(text)).toContain("welcome");
      socket.terminate();
    }
  });

  it("answers plain HTTP with a refusal", async () => {
    const { port } = (await open()).address;
    const status = await new Promise((resolve) => {
      get({ host: "127.0.0.1", port, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
    });
    expect(status).toBe(426);
  });

  it("lets in so many viewers and no more", async () => {
    const { address } = await open({ mostViewers: 2 });
    const viewers = [await Viewer.connect(address), await Viewer.connect(address)];
    expect(await end(address.url, {})).toBe(4429);
    await viewers[0]!.close();
    await sleep(50);
    await (await Viewer.connect(address)).close();
    await viewers[1]!.close();
  });

  it("has no compression, whatever the viewer offers", async () => {
    const { url } = (await open()).address;
    const socket = new WebSocket(url, { perMessageDeflate: true });
    await new Promise((resolve) => socket.once("open", resolve));
    expect(socket.extensions).toBe("");
    socket.terminate();
  });
});

describe("the hub", () => {
  it("ends a connection that sends nonsense, too much, or in too many pieces", async () => {
    const { url, token } = (await open()).address;
    const bad = [
      "x",
      "[]",
      "null",
      '{"kind":"run","command":"rm"}',
      '{"kind":"hello","version":2}',
      '{"kind":"follow","run":1}',
      JSON.stringify({ kind: "follow", ...stream, kernels: new Array<string>(65).fill("k") }),
      JSON.stringify({ kind: "heat-map", ...stream, at: -1, step: 0, kernel: "k" }),
    ];
    for (const text of bad) expect(await end(url, {}, hello(token), text)).toBe(4400);
    expect(await end(url, {}, hello(token), Buffer.from("x"))).toBe(4400);
    expect(await end(url, {}, hello(token), " ".repeat(65 * 1024))).toBe(1009);
    const pieces = new WebSocket(url);
    const closed = new Promise((resolve) => pieces.once("close", resolve));
    pieces.on("error", () => undefined);
    await new Promise((resolve) => pieces.once("open", resolve));
    for (let sent = 0; sent < 20; sent++) pieces.send("x", { fin: false });
    expect(await closed).toBe(1008);
  });

  it("ends a connection whose other side no longer answers", async () => {
    const { url, token } = (await open({ heartbeatMs: 50 })).address;
    expect(await end(url, { autoPong: false }, hello(token))).toBe(1006);
    const viewer = await Viewer.connect((await open({ heartbeatMs: 50 })).address);
    await sleep(300);
    expect(viewer.socket.readyState).toBe(WebSocket.OPEN);
    await viewer.close();
  });

  it("refuses what is not a stage of a run, and stays", async () => {
    const viewer = await Viewer.connect((await open()).address);
    viewer.follow({ run: "/etc", stage: "passwd" });
    viewer.send({ kind: "heat-map", ...stream, at: 8, step: 1, kernel: "k" });
    await viewer.until(() => viewer.of("refused").length === 2);
    expect(viewer.of("refused").map(({ message }) => message)).toEqual([
      "Cannot follow passwd in /etc: there is no such run or stage",
      "Cannot show k at step 1: it is no longer recorded",
    ]);
    await viewer.close();
  });

  it("says at once where a stage has recorded nothing yet, and then what it records", async () => {
    const viewer = await Viewer.connect((await open()).address);
    viewer.follow(stream);
    await viewer.until(() => viewer.of("records").length === 1);
    expect(viewer.of("records")[0]).toMatchObject({ first: 0, count: 0, caughtUp: true });
    await writeFile(files.log, logLines(1, 5));
    await viewer.until(() => viewer.kept.count === 5);
    await viewer.close();
  });

  it("sends each record once over many reconnections, while the log grows", async () => {
    const { address } = await open();
    let { kept } = await Viewer.connect(address).then(async (first) => {
      await first.close();
      return first;
    });
    for (let visit = 0; visit < 10; visit++) {
      const viewer = await Viewer.connect(address, kept);
      viewer.follow(stream);
      await appendFile(files.log, logLines(visit * 700 + 1, visit * 700 + 700));
      const wanted = visit * 700 + (visit % 2) * 700;
      await viewer.until(() => viewer.kept.count >= wanted);
      viewer.socket.terminate();
      ({ kept } = viewer);
    }
    const last = await Viewer.connect(address, kept);
    last.follow(stream);
    await last.until(() => last.kept.count === 7000);
    expect(last.kept.steps).toEqual(range(7000));
    await last.close();
  });

  it("replaces what a resumed stage has recorded again", async () => {
    const viewer = await Viewer.connect((await open()).address);
    await writeFile(files.log, logLines(1, 900));
    viewer.follow(stream);
    await viewer.until(() => viewer.kept.count === 900);
    await truncate(files.log, logLines(1, 400).length);
    await appendFile(files.log, logLines(401, 1000, { seconds: 3 }));
    await viewer.until(() => viewer.kept.steps.at(-1) === 1000);
    expect(viewer.kept.steps).toEqual(range(1000));
    await viewer.close();
  });

  it("replaces it for a viewer that was away meanwhile, too", async () => {
    const { address } = await open();
    await writeFile(files.log, logLines(1, 3000));
    const before = await Viewer.connect(address);
    before.follow(stream);
    await before.until(() => before.kept.count === 3000);
    await before.close();
    await truncate(files.log, logLines(1, 2000).length);
    await appendFile(files.log, logLines(2001, 4000, { seconds: 3 }));
    const after = await Viewer.connect(address, before.kept);
    after.follow(stream);
    await after.until(() => after.kept.steps.at(-1) === 4000);
    expect(after.kept.steps).toEqual(range(4000));
    await after.close();
  });

  it("gives a slow viewer every record in its own time, and only the newest run states", async () => {
    const hub = await open();
    files.runs = [run("first")];
    const viewer = await Viewer.connect(hub.address);
    await viewer.until(() => viewer.of("runs").length === 1);
    await writeFile(files.log, logLines(1, 200_000));
    viewer.socket.pause();
    viewer.follow(stream);
    for (let change = 0; change < 500; change++) {
      files.runs = [run(`change ${change}`)];
      hub.showRuns();
      if (change % 100 === 0) await sleep(50);
    }
    viewer.socket.resume();
    await viewer.until(() => viewer.kept.count === 200_000);
    await viewer.until(() => viewer.of("runs").at(-1)?.runs[0]?.name === "change 499");
    expect(viewer.kept.steps).toEqual(range(200_000));
    // Of 500 changes: the hub read nothing on while a frame waited for the viewer.
    expect(viewer.of("runs").length).toBeLessThan(100);
    await viewer.close();
  });
});

describe("a long log", () => {
  const most = 100_000;

  beforeEach(async () => {
    const recorded = await openRunLog(files.log);
    for (let step = 1; step <= most; step++) {
      recorded.append(stepRecord(step));
      if (step % 10_000 === 0) {
        recorded.append({ step, heldout_loss: 1 / step, heldout_accuracy: 0.5 });
      }
    }
    await recorded.close();
  });

  it("is shown at a glance before its records come, each of them once", async () => {
    const viewer = await Viewer.connect((await open()).address);
    viewer.follow(stream);
    await viewer.until(() => viewer.kept.count === most + 10);
    expect(viewer.kept.steps).toEqual(range(most));
    const [overview] = viewer.of("overview");
    expect(viewer.frames.findIndex(({ kind }) => kind === "overview")).toBeLessThan(
      viewer.frames.findIndex(({ kind }) => kind === "records"),
    );
    const { steps, others } = overview!;
    const last = steps.step.at(-1)!;
    expect(last).toBeGreaterThan(most - 8192);
    expect(steps.step.length).toBeLessThan(most / 100);
    expect(steps.loss.at(-1)).toBe(stepRecord(last).loss);
    const seconds = range(last).reduce((sum, step) => sum + stepRecord(step).seconds, 0);
    expect(steps.seconds.reduce((sum, value) => sum + value, 0)).toBeCloseTo(seconds, 6);
    expect(others.map(({ step }) => step)).toEqual(range(9).map((each) => 10_000 * each));
    await viewer.close();
  });

  it("is not shown at a glance to a viewer that has some of it, nor by another log's columns", async () => {
    const { address } = await open();
    const first = await Viewer.connect(address);
    first.follow(stream);
    await first.until(() => first.kept.count > 0);
    await first.close();
    const second = await Viewer.connect(address, first.kept);
    second.follow(stream);
    await second.until(() => second.kept.count === most + 10);
    expect(second.of("overview")).toEqual([]);
    await second.close();
    await writeFile(files.log, logLines(1, most, { seconds: 3 }));
    const third = await Viewer.connect(address);
    third.follow(stream);
    await third.until(() => third.kept.count === most);
    expect(third.of("overview")).toEqual([]);
    await third.close();
  });
});
