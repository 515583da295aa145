import { appendFile } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { openHeatMapFile } from "../../server/metrics/heatmap-file";
import type { Hub } from "../../server/metrics/hub";
import { HubStream } from "../../server/metrics/hub-stream";
import type { HeatMap } from "../../server/protocol/metrics";
import { Viewer } from "../support/viewer";
import { logLines } from "./support/log-lines";
import { stream, useHub } from "./support/hub";

const files = useHub();
let hub: Hub;

beforeEach(async () => {
  hub = await files.open();
});

describe("heat maps from the hub", () => {
  const map = (step: number, kernel: string): HeatMap => ({
    step,
    kernel,
    rows: 2,
    columns: 3,
    shape: [4, 6],
    rowBorders: [0, 2],
    columnBorders: [0, 3],
    values: Float32Array.of(step, 1, 2, 3, 4, 5),
  });

  async function record(...maps: readonly HeatMap[]): Promise<void> {
    const file = await openHeatMapFile(files.heatMaps);
    for (const each of maps) file.append(each);
    await file.close();
  }

  it("come when asked for, by their place", async () => {
    await record(map(0, "q"), map(0, "ß・k"), map(10, "q"));
    const viewer = await Viewer.connect(hub.address);
    viewer.follow(stream);
    await viewer.until(() => viewer.of("heat-maps").length > 0);
    const [frame] = viewer.of("heat-maps");
    expect(frame).toMatchObject({ first: 0, caughtUp: true });
    expect(frame!.places.map(({ step, kernel }) => [step, kernel])).toEqual([
      [0, "q"],
      [0, "ß・k"],
      [10, "q"],
    ]);
    const { at, step, kernel } = frame!.places[1]!;
    viewer.send({ kind: "heat-map", ...stream, at, step, kernel });
    await viewer.until(() => viewer.of("heat-map").length > 0);
    expect(viewer.of("heat-map")).toEqual([
      { kind: "heat-map", ...stream, at, map: map(0, "ß・k") },
    ]);
    await viewer.close();
  });

  it.each([0, 1000, 1001])("are listed to the last and that is said: %i of them", async (count) => {
    if (count > 0) await record(...Array.from({ length: count }, (_, step) => map(step, "q")));
    const viewer = await Viewer.connect(hub.address);
    viewer.follow(stream);
    await viewer.until(() => viewer.of("heat-maps").at(-1)?.caughtUp === true);
    expect(viewer.of("heat-maps").flatMap(({ places }) => places)).toHaveLength(count);
    await viewer.close();
  });

  it("are said to be listed where the viewer has them all already", async () => {
    await record(map(0, "q"));
    const viewer = await Viewer.connect(hub.address);
    viewer.follow(stream);
    await viewer.until(() => viewer.of("heat-maps").length > 0);
    const heatMapCursor = viewer.of("heat-maps")[0]!.cursor;
    await viewer.close();
    const again = await Viewer.connect(hub.address);
    again.send({ kind: "follow", ...stream, heatMapCursor });
    await again.until(() => again.of("heat-maps").length > 0);
    expect(again.of("heat-maps")).toMatchObject([{ first: 1, caughtUp: true, places: [] }]);
    await again.close();
  });

  it("are listed and pushed while the log grows faster than it is read", async () => {
    await record(map(0, "q"));
    const watched = new HubStream({
      follow: { kind: "follow", ...stream, kernels: ["q"] },
      files,
      onChange: () => undefined,
    });
    const kinds: (string | undefined)[] = [];
    for (let step = 1; step <= 6; step++) {
      await appendFile(files.log, logLines(step, step));
      kinds.push((await watched.next())?.kind);
    }
    watched.close();
    expect(kinds).toEqual(["records", "heat-maps", "heat-map", "records", "records", "records"]);
  });

  it("are pushed, the newest of each kernel that is followed", async () => {
    await record(map(0, "q"), map(0, "k"), map(5, "q"));
    const viewer = await Viewer.connect(hub.address);
    viewer.send({ kind: "follow", ...stream, kernels: ["q"] });
    await viewer.until(() => viewer.of("heat-map").length === 1);
    expect(viewer.of("heat-map")[0]!.map).toEqual(map(5, "q"));
    await record(map(10, "q"), map(10, "k"));
    await viewer.until(() => viewer.of("heat-map").length === 2);
    expect(viewer.of("heat-map")[1]!.map).toEqual(map(10, "q"));
    expect(viewer.of("heat-maps").map(({ first }) => first)).toEqual([0, 3]);
    await viewer.close();
  });
});
