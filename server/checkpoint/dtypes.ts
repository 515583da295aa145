/**
 * The number formats of safetensors: how wide they are, and how those of weights become float32. Half precision
 * widens exactly; float64 is rounded to nearest.
 */

interface Dtype {
  readonly bytes: number;
  /** Little-endian bytes → float32; absent where the format is none for weights. */
  readonly toFloat32?: (bytes: Uint8Array<ArrayBuffer>) => Float32Array;
}

const dtypes: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ["F32", { bytes: 4, toFloat32: (bytes) => new Float32Array(bytes.buffer) }],
  ["F64", { bytes: 8, toFloat32: (bytes) => Float32Array.from(new Float64Array(bytes.buffer)) }],
  ["F16", { bytes: 2, toFloat32: fromHalf }],
  ["BF16", { bytes: 2, toFloat32: fromBrain }],
  ["F8_E4M3", { bytes: 1 }],
  ["F8_E5M2", { bytes: 1 }],
  ["I64", { bytes: 8 }],
  ["I32", { bytes: 4 }],
  ["I16", { bytes: 2 }],
  ["I8", { bytes: 1 }],
  ["U64", { bytes: 8 }],
  ["U32", { bytes: 4 }],
  ["U16", { bytes: 2 }],
  ["U8", { bytes: 1 }],
  ["BOOL", { bytes: 1 }],
]);

export function findDtype(name: string): Dtype | undefined {
  return dtypes.get(name);
}

export function readableDtypes(): string[] {
  return [...dtypes].filter(([, { toFloat32 }]) => toFloat32 !== undefined).map(([name]) => name);
}

/** bfloat16 is the upper half of a float32. */
function fromBrain(bytes: Uint8Array<ArrayBuffer>): Float32Array {
  const stored = new Uint16Array(bytes.buffer);
  const bits = new Uint32Array(stored.length);
  for (let index = 0; index < stored.length; index++) bits[index] = stored[index]! << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction. */
function fromHalf(bytes: Uint8Array<ArrayBuffer>): Float32Array {
  const stored = new Uint16Array(bytes.buffer);
  if (stored.length < halves) return Float32Array.from(stored, half);
  const table = Float32Array.from({ length: halves }, (_, bits) => half(bits));
  return Float32Array.from(stored, (bits) => table[bits]!);
}

const halves = 2 ** 16;

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
