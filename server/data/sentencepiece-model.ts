/**
 * The pieces in a SentencePiece model file, which is a protocol buffer: field 1, repeated, is a piece, and its
 * field 1 is the piece's text. Everything else is passed over.
 *
 * Source: sentencepiece_model.proto of google/sentencepiece.
 */

/** @throws {SyntaxError} the bytes are no SentencePiece model */
export function sentencePieces(bytes: Buffer, path: string): string[] {
  const pieces = [...fields(bytes, path)]
    .filter(({ number }) => number === 1)
    .map(({ value }) => {
      const text = [...fields(value, path)].find(({ number }) => number === 1);
      if (text === undefined) throw notAModel(path);
      return text.value.toString("utf8");
    });
  if (pieces.length === 0) throw notAModel(path);
  return pieces;
}

interface Field {
  readonly number: number;
  /** Empty unless the field is of length-delimited kind. */
  readonly value: Buffer;
}

function* fields(bytes: Buffer, path: string): Generator<Field> {
  for (let position = 0; position < bytes.length;) {
    const tag = variableInteger(bytes, position, path);
    const number = Math.floor(tag.value / 8);
    const body = bodyOf(tag.value % 8, bytes, tag.end, path);
    if (number === 0 || body.end > bytes.length) throw notAModel(path);
    yield { number, value: bytes.subarray(body.start, body.end) };
    position = body.end;
  }
}

interface Body {
  readonly start: number;
  readonly end: number;
}

function bodyOf(kind: number, bytes: Buffer, position: number, path: string): Body {
  const integer = (): { value: number; end: number } => variableInteger(bytes, position, path);
  switch (kind) {
    case 0:
      return { start: position, end: integer().end };
    case 1:
      return { start: position, end: position + 8 };
    case 2:
      return { start: integer().end, end: integer().end + integer().value };
    case 5:
      return { start: position, end: position + 4 };
    default:
      throw notAModel(path);
  }
}

function variableInteger(
  bytes: Buffer,
  position: number,
  path: string,
): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[position + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: position + i + 1 };
  }
  throw notAModel(path);
}

function notAModel(path: string): SyntaxError {
  return new SyntaxError(`Cannot load tokenizer ${path}: it is no SentencePiece model`);
}
