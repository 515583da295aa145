import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import type { HubFrame, SentFrame } from "../../server/protocol/hub";
import { decodeFrame, encodeFrame } from "../../server/protocol/hub-frames";
import { encodeColumns, mapColumns } from "../../server/protocol/columns";
import { encodeKernels, kernelTable } from "../../server/protocol/kernel-columns";
import { stepColumns } from "../../server/protocol/step-columns";

/** As a socket hands it over. */
function received(frame: SentFrame): HubFrame {
  const data = encodeFrame(frame);
  return decodeFrame(typeof data === "string" ? data : (data.buffer as ArrayBuffer));
}

const name = fc.string({ unit: "binary" });
const pair = <Value>(each: fc.Arbitrary<Value>) => fc.tuple(each, each);
const number = fc.double({ noDefaultInfinity: false });

describe("decodeFrame()", () => {
  it("gives back any records that encodeFrame() was given", () => {
    const rows = fc.array(fc.array(number, { minLength: 9, maxLength: 9 }));
    const columnsOf = (records: readonly (readonly number[])[]) => {
      let at = 0;
      return mapColumns(stepColumns, () => {
        const column = at++;
        return Float64Array.from(records, (record) => record[column]!);
      });
    };
    const kernels = fc.array(
      fc.record(
        {
          step: fc.nat(),
          kernel: name,
          mean: number,
          std: number,
          max_abs: number,
          symmetry: number,
        },
        { requiredKeys: ["step", "kernel", "mean", "std", "max_abs"] },
      ),
    );
    fc.assert(
      fc.property(pair(rows), pair(kernels), name, ([some, more], [few, rest], run) => {
        const count = some.length + more.length + few.length + rest.length + 1;
        const others = [{ step: 1, event: "start", detail: run } as const];
        const head = {
          kind: "records",
          run,
          stage: run,
          first: 3,
          count,
          cursor: "1.2.3",
        } as const;
        const frame = { ...head, caughtUp: true, share: 0.5, others };
        const steps = [some, more].map((part) => encodeColumns(stepColumns, columnsOf(part)));
        const joined = columnsOf([...some, ...more]);
        // The middle part names the same kernels as the first.
        const statistics = [few, few, rest].map((part) => encodeKernels(part));
        const table = kernelTable([...few, ...few, ...rest]);
        expect(received({ ...frame, steps, kernels: statistics })).toEqual({
          ...frame,
          steps: joined,
          kernels: table,
        });
        const glance = { kind: "overview", run, stage: run, others } as const;
        expect(received({ ...glance, steps })).toEqual({ ...glance, steps: joined });
      }),
    );
  });

  it("gives back any list of heat maps", () => {
    const borders = fc.array(fc.nat(), { maxLength: 3 });
    const layout = {
      kernel: name,
      rows: fc.nat(),
      columns: fc.nat(),
      shape: fc.tuple(fc.nat(), fc.nat()),
      rowBorders: borders,
      columnBorders: borders,
    };
    const place = fc.record({ ...layout, step: fc.nat(), at: fc.maxSafeNat() });
    fc.assert(
      fc.property(fc.array(place), name, (places, run) => {
        const head = { kind: "heat-maps", run, stage: "s", first: 2, cursor: "1.2.3" } as const;
        const frame: SentFrame = { ...head, caughtUp: false, places: [...places, ...places] };
        expect(received(frame)).toEqual(frame);
      }),
    );
  });

  it("gives back any heat map", () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 6, maxLength: 6 }), name, (values, kernel) => {
        const sizes = { rows: 2, columns: 3, shape: [4, 6], rowBorders: [], columnBorders: [0, 3] };
        const map = { step: 7, kernel, ...sizes, shape: [4, 6] as const, values };
        const frame: SentFrame = { kind: "heat-map", run: "r", stage: "s", at: 8, map };
        expect(received(frame)).toEqual(frame);
      }),
    );
  });

  it("gives back the frames that are text", () => {
    const frames: SentFrame[] = [
      { kind: "welcome", version: 1 },
      { kind: "runs", runs: [] },
      { kind: "refused", message: "Cannot" },
    ];
    for (const frame of frames) expect(received(frame)).toEqual(frame);
  });

  it("refuses another version, and what is no frame", () => {
    expect(() => decodeFrame('{"version":2,"frame":{}}')).toThrow("its version is 2");
    expect(() => decodeFrame(new ArrayBuffer(4))).toThrow("does not begin as one");
    expect(() => decodeFrame(new ArrayBuffer(64))).toThrow("does not begin as one");
  });
});
