/**
 * The pieces in a SentencePiece model file, which is a protocol buffer: field 1, repeated, is a piece, and its
 * field 1 is the piece's text. Everything else is passed over.
 *
 * Source: sentencepiece_model.proto of google/sentencepiece.
 */

/** @throws {SyntaxError} the bytes are no SentencePiece model */
export function sentencePieces(bytes: Buffer, path: string): readonly string[] {
  try {
    const texts = textsOfPieces(bytes);
    if (texts.length === 0) throw new RangeError("no piece");
    return decoded(bytes, texts);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SyntaxError(`Cannot load tokenizer ${path}: it is no SentencePiece model`, {
      cause: error,
    });
  }
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const newline = 0x0a;

/** All at once, for to decode a quarter of a million pieces one by one takes three times as long. */
function decoded(bytes: Buffer, texts: readonly Span[]): readonly string[] {
  const lines = Buffer.allocUnsafe(texts.reduce((sum, { start, end }) => sum + end - start + 1, 0));
  let length = 0;
  for (const { start, end } of texts) {
    for (let i = start; i < end; i++) lines[length++] = bytes[i]!;
    lines[length++] = newline;
  }
  const pieces = lines.toString("utf8", 0, length - 1).split("\n");
  const isCut = pieces.length !== texts.length; // there is a newline in a piece
  return isCut ? texts.map(({ start, end }) => bytes.toString("utf8", start, end)) : pieces;
}

/** Where the text of each piece stands. @throws {RangeError} the bytes are no such protocol buffer */
function textsOfPieces(bytes: Buffer): readonly Span[] {
  const texts: Span[] = [];
  const model = new Fields(bytes, 0, bytes.length);
  while (model.next()) {
    if (model.number !== 1) continue;
    const piece = new Fields(bytes, model.start, model.end);
    let isFound = false;
    while (!isFound && piece.next()) isFound = piece.number === 1;
    if (!isFound) throw new RangeError(`the piece at byte ${model.start} has no text`);
    texts.push({ start: piece.start, end: piece.end });
  }
  return texts;
}

/** A walk over the fields of a message: each has a number and, unless it is a number itself, bytes. */
class Fields {
  number = 0;
  start = 0;
  end = 0;

  constructor(
    private readonly bytes: Buffer,
    private position: number,
    private readonly limit: number,
  ) {}

  /** Whether there was another. @throws {RangeError} it does not end within the message */
  next(): boolean {
    if (this.position >= this.limit) return false;
    const tag = this.#integer();
    this.number = Math.floor(tag / 8);
    const length = this.#lengthOf(tag % 8);
    this.start = this.position;
    this.end = this.position += length;
    if (this.number === 0 || this.end > this.limit) {
      throw new RangeError(`no field ends at byte ${this.end}`);
    }
    return true;
  }

  /** Of what follows; an integer is passed over. */
  #lengthOf(kind: number): number {
    switch (kind) {
      case 0:
        this.#integer();
        return 0;
      case 1:
        return 8;
      case 2:
        return this.#integer();
      case 5:
        return 4;
      default:
        throw new RangeError(`no field is of kind ${kind}`);
    }
  }

  #integer(): number {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.bytes[this.position++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new RangeError(`no integer ends at byte ${this.position}`);
  }
}
