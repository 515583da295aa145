/**
 * A diverging scale around zero: blue below, orange above, the page's own tone at zero, so that "nothing" looks
 * like nothing in either theme. Mixed in OKLab, where equal steps look equal; blue and orange stay apart for
 * every kind of colour blindness, and their lightness runs alike on both sides.
 *
 * Source: Ottosson, "A perceptual color space for image processing", 2020 (OKLab).
 */
import type { Theme } from "../charts/palette";

type Triple = readonly [number, number, number];

/** sRGB, 0..255. */
const anchors: Readonly<Record<Theme, { negative: Triple[]; zero: Triple; positive: Triple[] }>> = {
  light: {
    zero: [250, 250, 250],
    negative: [
      [90, 160, 230],
      [10, 60, 150],
    ],
    positive: [
      [245, 150, 60],
      [150, 45, 0],
    ],
  },
  dark: {
    zero: [24, 26, 30],
    negative: [
      [30, 100, 200],
      [140, 205, 255],
    ],
    positive: [
      [200, 85, 10],
      [255, 205, 130],
    ],
  },
};

/** Entries on each side of zero; the scale has twice as many and one. */
export const scaleEnd = 255;
const side = scaleEnd;

/** 2 * 255 + 1 colours from -1 to 1, as 0xAABBGGRR (the bytes of an ImageData on a little-endian machine). */
export function divergingScale(theme: Theme): Uint32Array {
  const { negative, zero, positive } = anchors[theme];
  return Uint32Array.from({ length: 2 * side + 1 }, (_, i) => {
    const position = (i - side) / side;
    const path = [zero, ...(position < 0 ? negative : positive)].map(toOklab);
    return pack(fromOklab(along(path, Math.abs(position))));
  });
}

/** Index in divergingScale() of `value` where ±limit are its ends; what lies beyond is drawn as the end. */
export function scaleIndex(value: number, limit: number): number {
  if (!(limit > 0) || Number.isNaN(value)) return side;
  return Math.round(side + side * Math.max(-1, Math.min(1, value / limit)));
}

/** "rgb(…)" of a packed colour, for legends. */
export function cssColor(packed: number): string {
  return `rgb(${packed & 255} ${(packed >>> 8) & 255} ${(packed >>> 16) & 255})`;
}

function along(path: readonly Triple[], position: number): Triple {
  const place = position * (path.length - 1);
  const segment = Math.min(Math.floor(place), path.length - 2);
  const share = place - segment;
  const from = path[segment]!;
  const to = path[segment + 1]!;
  return [mix(from[0], to[0]), mix(from[1], to[1]), mix(from[2], to[2])];

  function mix(a: number, b: number): number {
    return a + share * (b - a);
  }
}

function pack([red, green, blue]: Triple): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function toOklab(color: Triple): Triple {
  const r = linear(color[0]);
  const g = linear(color[1]);
  const b = linear(color[2]);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Triple): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** sRGB byte → linear light, 0..1. */
function linear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function encode(light: number): number {
  const clipped = Math.max(0, Math.min(1, light));
  const value = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(255 * value);
}
