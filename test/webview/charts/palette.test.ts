import { describe, expect, it } from "vitest";
import { stageColors, stageStyle, type Theme } from "../../../webview/charts/palette";

type Triple = readonly [number, number, number];

/** Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB; the first is normal sight. */
const sights: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
/** Of report.css. */
const backgrounds: Readonly<Record<Theme, readonly string[]>> = {
  light: ["#ffffff", "#f6f7f9"],
  dark: ["#14161a", "#1c1f25"],
};

describe("stage colours", () => {
  for (const theme of ["light", "dark"] as const) {
    it(`stand out from the ${theme} background by at least 3:1`, () => {
      for (const background of backgrounds[theme])
        for (const color of stageColors[theme])
          expect(contrast(color, background), `${color} on ${background}`).toBeGreaterThan(3);
    });

    for (const [sight, matrix] of Object.entries(sights)) {
      it(`stay apart in the ${theme} theme for ${sight}`, () => {
        const seen = stageColors[theme].map((color) => oklab(through(matrix, linear(color))));
        seen.forEach((a, i) => {
          for (const b of seen.slice(0, i))
            expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeGreaterThan(0.075);
        });
      });
    }
  }
});

describe("stageStyle()", () => {
  it("repeats no combination among the first forty stages", () => {
    const looks = Array.from({ length: 40 }, (_, i) => JSON.stringify(stageStyle(i, "light")));
    expect(new Set(looks).size).toBe(40);
  });

  it("keeps mark and dash from theme to theme", () => {
    const { mark, dash } = stageStyle(11, "dark");
    expect(stageStyle(11, "light")).toMatchObject({ mark, dash });
  });
});

function linear(color: string): Triple {
  const [r, g, b] = [1, 3, 5].map((start) => {
    const value = parseInt(color.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return [r!, g!, b!];
}

function through(matrix: readonly [Triple, Triple, Triple], color: Triple): Triple {
  const row = (weights: Triple): number =>
    Math.max(0, weights[0] * color[0] + weights[1] * color[1] + weights[2] * color[2]);
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}

function oklab([r, g, b]: Triple): Triple {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** WCAG 2.2. */
function contrast(a: string, b: string): number {
  const luminance = (color: string): number => {
    const [red, green, blue] = linear(color);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  return Math.max(luminance(a), luminance(b)) / Math.min(luminance(a), luminance(b));
}
