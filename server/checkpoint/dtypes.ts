/**
 * The number formats of safetensors: how wide they are, and how those of weights become float32. Half precision
 * widens exactly; float64 is rounded to nearest.
 */

interface Dtype {
  readonly bytes: number;
  /** Little-endian bytes, at a multiple of their width → float32, in the same memory where that is the format; absent where the format is none for weights. */
  readonly toFloat32?: (bytes: Uint8Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;
  /** Of whole numbers, or of truths. */
  readonly isWhole?: true;
}

const dtypes: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ["F32", { bytes: 4, toFloat32: (bytes) => view(bytes, Float32Array) }],
  ["F64", { bytes: 8, toFloat32: (bytes) => Float32Array.from(view(bytes, Float64Array)) }],
  ["F16", { bytes: 2, toFloat32: fromHalf }],
  ["BF16", { bytes: 2, toFloat32: fromBrain }],
  ["F8_E4M3", { bytes: 1 }],
  ["F8_E5M2", { bytes: 1 }],
  ["I64", { bytes: 8, isWhole: true }],
  ["I32", { bytes: 4, isWhole: true }],
  ["I16", { bytes: 2, isWhole: true }],
  ["I8", { bytes: 1, isWhole: true }],
  ["U64", { bytes: 8, isWhole: true }],
  ["U32", { bytes: 4, isWhole: true }],
  ["U16", { bytes: 2, isWhole: true }],
  ["U8", { bytes: 1, isWhole: true }],
  ["BOOL", { bytes: 1, isWhole: true }],
]);

export function findDtype(name: string): Dtype | undefined {
  return dtypes.get(name);
}

export function readableDtypes(): string[] {
  return [...dtypes].filter(([, { toFloat32 }]) => toFloat32 !== undefined).map(([name]) => name);
}

function view<Values>(
  bytes: Uint8Array<ArrayBuffer>,
  type: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBuffer, start: number, length: number): Values;
  },
): Values {
  return new type(bytes.buffer, bytes.byteOffset, bytes.byteLength / type.BYTES_PER_ELEMENT);
}

/** Rounded to nearest, ties to even; what half precision cannot hold becomes infinite. */
export function encodeValues(
  values: Float32Array<ArrayBuffer>,
  dtype: "F16" | "BF16",
): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const stored = new Uint16Array(values.length);
  const encode = dtype === "F16" ? halfBits : brainBits;
  for (let index = 0; index < stored.length; index++) stored[index] = encode(bits[index]!);
  return stored;
}

const infinite = 0x7f800000;

function brainBits(bits: number): number {
  const isNaN = (bits & 0x7fffffff) > infinite;
  return isNaN ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** The exponent's bias is 127 in float32 and 15 here; below 2^-14 the fraction counts in steps of 2^-24. */
function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > infinite) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00; // 65520 and beyond
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  if (size <= 0x33000000) return sign; // up to 2^-25, half of the smallest step
  const shift = 126 - (size >>> 23);
  const fraction = (size & 0x7fffff) | 0x800000;
  return sign | ((fraction + 2 ** (shift - 1) - 1 + ((fraction >>> shift) & 1)) >>> shift);
}

/** bfloat16 is the upper half of a float32. */
function fromBrain(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const stored = view(bytes, Uint16Array);
  const bits = new Uint32Array(stored.length);
  for (let index = 0; index < stored.length; index++) bits[index] = stored[index]! << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction. */
function fromHalf(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const stored = view(bytes, Uint16Array);
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
