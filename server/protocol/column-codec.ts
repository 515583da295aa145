/**
 * Columns of numbers as bytes, without loss, and most of them small: what training records is often a straight line
 * (steps, tokens, FLOPs), one value (memory) or a float32 (losses). All little-endian:
 *
 *   column  uint32 kind, uint32 bytes that follow, then as its kind says, padded to a multiple of 8:
 *           0 "line"     float64 first value, float64 difference of one to the next
 *           1 "float32"  the values
 *           2 "float64"  the values
 */
const kinds = { line: 0, float32: 1, float64: 2 } as const;
const headBytes = 8;

export function encodeColumn(values: Float64Array): Uint8Array {
  const line = asLine(values);
  if (line !== undefined) return column(kinds.line, line);
  const single = new Float32Array(values);
  return isSame(single, values) ? column(kinds.float32, single) : column(kinds.float64, values);
}

/**
 * Fills `values` with the column at a byte of `data`; gives the byte after it.
 * @throws {SyntaxError} there is none of as many values
 */
export function decodeColumn(data: ArrayBuffer, at: number, values: Float64Array): number {
  const { length } = values;
  if (at + headBytes > data.byteLength) throw notAColumn("it is cut off");
  const [kind, bytes] = new Uint32Array(data, at, 2) as unknown as readonly [number, number];
  const start = at + headBytes;
  if (start + bytes > data.byteLength) throw notAColumn("it is cut off");
  const end = start + bytes + (-bytes & 7);
  switch (kind) {
    case kinds.line:
      if (bytes !== 16) throw notAColumn(`a line of ${bytes} bytes`);
      drawLine(new Float64Array(data, start, 2), values);
      return end;
    case kinds.float32:
      if (bytes !== 4 * length) throw notAColumn(`${bytes} bytes for ${length} values`);
      values.set(new Float32Array(data, start, length));
      return end;
    case kinds.float64:
      if (bytes !== 8 * length) throw notAColumn(`${bytes} bytes for ${length} values`);
      values.set(new Float64Array(data, start, length));
      return end;
    default:
      throw notAColumn(`its kind is ${kind}`);
  }
}

/** First value and difference, where all values are exactly first + i * difference. */
function asLine(values: Float64Array): Float64Array | undefined {
  const first = values[0] ?? 0;
  const slope = values.length > 1 ? values[1]! - first : 0;
  for (let i = 0; i < values.length; i++) {
    if (!Object.is(first + i * slope, values[i])) return undefined;
  }
  return Float64Array.of(first, slope);
}

function drawLine(line: Float64Array, values: Float64Array): void {
  const [first, slope] = [line[0]!, line[1]!];
  for (let i = 0; i < values.length; i++) values[i] = first + i * slope;
}

function isSame(a: Float32Array, b: Float64Array): boolean {
  for (let i = 0; i < b.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

function column(kind: number, values: Float32Array | Float64Array): Uint8Array {
  const bytes = values.byteLength;
  const encoded = new Uint8Array(headBytes + bytes + (-bytes & 7));
  new Uint32Array(encoded.buffer, 0, 2).set([kind, bytes]);
  encoded.set(new Uint8Array(values.buffer, values.byteOffset, bytes), headBytes);
  return encoded;
}

function notAColumn(reason: string): SyntaxError {
  return new SyntaxError(`Cannot read a column of numbers: ${reason}`);
}
