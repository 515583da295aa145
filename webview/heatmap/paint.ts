/** Cells to pixels: a table of colours and one pass, so that four million cells take less than a frame. */
import type { Theme } from "../charts/palette";
import { divergingScale, scaleEnd } from "./colors";
import type { Frame } from "./frame";

/** Paints one canvas again and again; its buffers and its scale are kept while size and theme stay. */
export class CellPainter {
  readonly #canvas: HTMLCanvasElement;
  #image: ImageData | undefined;
  #pixels: Uint32Array = new Uint32Array(0);
  #theme: Theme | undefined;
  #scale: Uint32Array = new Uint32Array(0);

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  paint(frame: Frame, limit: number, theme: Theme): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const image = this.#imageFor(context, frame);
    if (theme !== this.#theme) this.#scale = divergingScale(theme);
    this.#theme = theme;
    fillPixels(this.#pixels, frame.values, { scale: this.#scale, limit });
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

/** pixels[i] = colour of values[i]; the same choice of colour as scaleIndex(), in as few operations as it takes. */
export function fillPixels(
  pixels: Uint32Array,
  values: Float32Array,
  { scale, limit }: { readonly scale: Uint32Array; readonly limit: number },
): void {
  const last = 2 * scaleEnd;
  const factor = limit > 0 ? scaleEnd / limit : 0;
  for (let i = 0; i < pixels.length; i++) {
    // Not a number and, where nothing has a colour, infinity come out as the middle.
    const place = values[i]! * factor + scaleEnd + 0.5;
    pixels[i] = scale[place >= last ? last : place > 0 ? place | 0 : place <= 0 ? 0 : scaleEnd]!;
  }
}
