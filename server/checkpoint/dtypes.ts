/** The number formats of safetensors: how wide they are, and which of them we compute with. */

interface Dtype {
  readonly bytes: number;
  /** Little-endian bytes → float32; absent where the format is not supported yet. */
  readonly toFloat32?: (bytes: Uint8Array<ArrayBuffer>) => Float32Array;
}

const dtypes: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ["F32", { bytes: 4, toFloat32: (bytes) => new Float32Array(bytes.buffer) }],
  ["F64", { bytes: 8 }],
  ["F16", { bytes: 2 }],
  ["BF16", { bytes: 2 }],
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
