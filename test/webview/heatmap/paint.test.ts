import { fc } from "../../support/properties";
import { describe, expect, it } from "vitest";
import { divergingScale, scaleIndex } from "../../../webview/heatmap/colors";
import { colorTable, fillPixels } from "../../../webview/heatmap/paint";

const scale = divergingScale("light");

describe("fillPixels()", () => {
  it("colours as the legend does, whatever the values and the limit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        (values, limit) => {
          const cells = Float32Array.from(values);
          const pixels = new Uint32Array(cells.length);
          fillPixels(pixels, cells, colorTable(scale, limit));
          cells.forEach((value, i) => {
            // Where a value falls between two colours, rounding may take either.
            const index = scaleIndex(value, limit);
            const near = [scale[index], scale[index - 1], scale[index + 1]];
            expect(near).toContain(pixels[i]);
          });
        },
      ),
    );
  });

  it("gives what lies beyond the limit the ends, infinity too", () => {
    const pixels = new Uint32Array(4);
    fillPixels(pixels, Float32Array.of(2, -2, Infinity, -Infinity), colorTable(scale, 1));
    expect([...pixels]).toEqual([scale[510], scale[0], scale[510], scale[0]]);
  });

  it("gives what has no colour the colour of zero", () => {
    const pixels = new Uint32Array(3);
    fillPixels(pixels, Float32Array.of(NaN, 0, -0), colorTable(scale, 1));
    expect([...pixels]).toEqual([scale[255], scale[255], scale[255]]);
    fillPixels(pixels, Float32Array.of(1, -1, Infinity), colorTable(scale, 0));
    expect([...pixels]).toEqual([scale[255], scale[255], scale[255]]);
  });
});
