/**
 * As much of Protocol Buffers' wire format as an ONNX model needs. A message is a concatenation of fields; each
 * is a key (field number · 8 + wire type) and a value: a varint (wire type 0), four bytes (5), or a length and
 * that many bytes (2): strings, raw data and messages inside messages.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 */

/** A message, or a part of one. */
export type Bytes = Uint8Array;

export function message(...fields: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(fields.reduce((sum, field) => sum + field.length, 0));
  let at = 0;
  for (const field of fields) {
    joined.set(field, at);
    at += field.length;
  }
  return joined;
}

/** An int32, int64 or enum; negative values take ten bytes. */
export function integer(field: number, value: number): Bytes {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

/** A `float`. */
export function float(field: number, value: number): Bytes {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setFloat32(0, value, true);
  return message(Uint8Array.from(varint(field * 8 + 5)), new Uint8Array(bytes.buffer));
}

/** A string, bytes or a message. */
export function delimited(field: number, value: Bytes | string): Bytes {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return message(Uint8Array.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes);
}

/** Seven bits a byte, the lowest first; a further byte follows where the eighth is set. */
function varint(value: number): number[] {
  if (value >= 0 && value < 128) return [value];
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}
