import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HubFrame, SentFrame } from "../../server/protocol/hub";
import { decodeFrame, encodeFrame } from "../../server/protocol/hub-frames";
import { encodeSteps, mapColumns } from "../../server/protocol/step-columns";

/** As a socket hands it over. */
function received(frame: SentFrame): HubFrame {
  const data = encodeFrame(frame);
  return decodeFrame(typeof data === "string" ? data : (data.buffer as ArrayBuffer));
}

const name = fc.string({ unit: "binary" });
const number = fc.double({ noDefaultInfinity: false });

describe("decodeFrame()", () => {
  it("gives back any records that encodeFrame() was given", () => {
    const rows = fc.array(fc.array(number, { minLength: 9, maxLength: 9 }));
    const columnsOf = (records: readonly (readonly number[])[]) => {
      let at = 0;
      return mapColumns(() => {
        const column = at++;
        return Float64Array.from(records, (record) => record[column]!);
      });
    };
    fc.assert(
      fc.property(rows, rows, name, name, (some, more, run, stage) => {
        const count = some.length + more.length + 1;
        const others = [{ step: 1, event: "start", detail: run } as const];
        const head = { kind: "records", run, stage, first: 3, count, cursor: "1.2.3" } as const;
        const frame = { ...head, caughtUp: true, others };
        const steps = [some, more].map((part) => encodeSteps(columnsOf(part)));
        const joined = columnsOf([...some, ...more]);
        expect(received({ ...frame, steps })).toEqual({ ...frame, steps: joined });
        const glance = { kind: "overview", run, stage, others } as const;
        expect(received({ ...glance, steps })).toEqual({ ...glance, steps: joined });
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
