/**
 * Cells to pixels in one pass, so that four million cells take less than a frame. The upper half of a float32's bits
 * (sign, exponent, 7 bits of the fraction) says its colour: 2^-8 of a value is less than one of the scale's 255 colours.
 */
import type { Theme } from "../charts/palette";
import { divergingScale, scaleEnd } from "./colors";
import type { Frame } from "./frame";

/** Paints one canvas again and again; its buffers and its scale are kept while size and theme stay. */
export class CellPainter {
  readonly #canvas: HTMLCanvasElement;
  #image: ImageData | undefined;
  #pixels: Uint32Array = new Uint32Array(0);
  #theme: Theme | undefined;
  #limit = NaN;
  #colors: Uint32Array = new Uint32Array(0);

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  paint(frame: Frame, limit: number, theme: Theme): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const image = this.#imageFor(context, frame);
    if (theme !== this.#theme || limit !== this.#limit)
      this.#colors = colorTable(divergingScale(theme), limit);
    this.#theme = theme;
    this.#limit = limit;
    fillPixels(this.#pixels, frame.values, this.#colors);
    context.putImageData(image, 0, 0);
  }

  #imageFor(context: CanvasRenderingContext2D, { rows, columns }: Frame): ImageData {
    const old = this.#image;
    if (old?.width === columns && old.height === rows) return old;
    this.#canvas.width = columns;
    this.#canvas.height = rows;
    const image = context.createImageData(columns, rows);
    this.#image = image;
    this.#pixels = new Uint32Array(image.data.buffer);
    return image;
  }
}

/**
 * Colours by the upper half of a float32's bits, as scaleIndex() chooses them for the middle of what these bits stand
 * for. Not a number, and where nothing has a colour infinity, come out as zero does.
 */
export function colorTable(scale: Uint32Array, limit: number): Uint32Array {
  const last = 2 * scaleEnd;
  const factor = limit > 0 ? scaleEnd / limit : 0;
  const colors = new Uint32Array(1 << 16);
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  for (let upper = 0; upper < colors.length; upper++) {
    // Of infinity's bits the lower half is zero.
    bits[0] = (upper << 16) | ((upper & 0x7fff) === 0x7f80 ? 0 : 0x8000);
    const place = value[0]! * factor + scaleEnd + 0.5;
    colors[upper] =
      scale[place >= last ? last : place > 0 ? place | 0 : place <= 0 ? 0 : scaleEnd]!;
  }
  return colors;
}

/** pixels[i] = colour of values[i]. */
export function fillPixels(pixels: Uint32Array, values: Float32Array, colors: Uint32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colors[bits[i]! >>> 16]!;
}
