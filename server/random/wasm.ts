/**
 * Just enough of an assembler to write a vectorised loop of WebAssembly by hand: each function gives the bytes of an
 * expression, and expressions nest. WebAssembly's arithmetic is IEEE 754's on every machine, so what is computed
 * with it has the same bits everywhere.
 *
 * Source: WebAssembly core specification 2.0, section 5 (binary format).
 */
export type Code = readonly number[];

const simd = (opcode: number, ...rest: Code): Code => [0xfd, ...unsigned(opcode), ...rest];
const binary = (opcode: number) => (a: Code, b: Code) => [...a, ...b, ...simd(opcode)];
const unary = (opcode: number) => (a: Code) => [...a, ...simd(opcode)];
const scalar = (opcode: number) => (a: Code, b: Code) => [...a, ...b, opcode];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: scalar(0x6a),
  lessThan: scalar(0x49), // as unsigned numbers
};

/** Four lanes of 32 bits, of whole numbers (i…) or of floats (f…). */
export const lanes = {
  ofInt: (value: Code): Code => [...value, ...simd(0x11)],
  ofFloat: (value: Code): Code => [...value, ...simd(0x13)],
  ints: (values: Code): Code => simd(0x0c, ...bytesOf(Int32Array.from(values))),
  floats: (value: number): Code => simd(0x0c, ...bytesOf(new Float32Array(4).fill(value))),
  shuffle: (a: Code, b: Code, bytes: Code): Code => [...a, ...b, ...simd(0x0d, ...bytes)],
  and: binary(0x4e),
  or: binary(0x50),
  xor: binary(0x51),
  /** Bits of `a` where the mask has ones, of `b` elsewhere. */
  select: (a: Code, b: Code, mask: Code): Code => [...a, ...b, ...mask, ...simd(0x52)],
  iEqual: binary(0x37),
  iAdd: binary(0xae),
  iSub: binary(0xb1),
  iShiftLeft: (a: Code, bits: number): Code => [...a, ...i32.const(bits), ...simd(0xab)],
  iShiftRight: (a: Code, bits: number): Code => [...a, ...i32.const(bits), ...simd(0xad)],
  iShiftSigned: (a: Code, bits: number): Code => [...a, ...i32.const(bits), ...simd(0xac)],
  toFloat: unary(0xfa),
  unsignedToFloat: unary(0xfb),
  fSqrt: unary(0xe3),
  fAdd: binary(0xe4),
  fSub: binary(0xe5),
  fMul: binary(0xe6),
  store: (address: Code, value: Code, offset: number): Code => [
    ...address,
    ...value,
    ...simd(0x0b, 4, ...unsigned(offset)),
  ],
};

/** Runs `body` until `condition`, which stands at its end, is false. */
export function repeatWhile(body: Code, condition: Code): Code {
  return [0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b];
}

export const types = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;

export interface Routine {
  readonly parameters: readonly number[];
  readonly locals: readonly number[];
  readonly body: Code;
}

/** A module with `pages` of 64 KiB as `memory`, and one function as `run`. */
export function assemble(
  { parameters, locals, body }: Routine,
  pages: number,
): Uint8Array<ArrayBuffer> {
  const code = [
    ...vector(locals.map((type) => [1, type])),
    ...body,
    0x0b, // end
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, ...vector(parameters.map((type) => [type])), 0]])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[0, ...unsigned(pages)]])),
    ...section(7, vector([exported("memory", 2), exported("run", 0)])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
}

/** Node has it; the types of the language alone do not. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

export interface Instance {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly run: (...words: number[]) => void;
}

export function instantiate(bytes: Uint8Array<ArrayBuffer>): Instance {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Instance;
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function vector(entries: readonly Code[]): Code {
  return [...unsigned(entries.length), ...entries.flat()];
}

function exported(name: string, kind: number): Code {
  return [...unsigned(name.length), ...new TextEncoder().encode(name), kind, 0];
}

function bytesOf(values: Int32Array | Float32Array): Code {
  return [...new Uint8Array(values.buffer)];
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  const last = value >= -0x40 && value < 0x40;
  return last ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
