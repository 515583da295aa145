import { describe, expect, it } from "vitest";
import { axes, type AxisKind } from "../../../webview/charts/axis";

describe("an axis where the reader points", () => {
  const check = (kind: AxisKind, value: number, reading: string): void => {
    it(`says ${reading}, whatever stands along the axis`, () => {
      expect(axes[kind].reading(value)).toBe(reading);
    });
  };
  check("step", 1234567, "step 1,234,567");
  check("tokens", 18_432_128, "18,432,128 tokens");
  check("flops", 1_234_567_890_123_456, "1,234,567,890,123,456 FLOPs");
  check("time", 8999.1234, "8,999.123 s of device time");
  check("time", 0.067, "0.067 s of device time");
});
