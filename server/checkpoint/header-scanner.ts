/**
 * Reads the JSON of a safetensors header from its bytes.
 *
 * A general JSON parser would build whatever the file asks for before anything is checked. This one knows the
 * three shapes that a header may have (an object of entries, an entry, the metadata), never recurses, and
 * counts what it keeps.
 */
import { messageOf, printable } from "./json";

/** Where the header says it is, before it is compared with the file. */
export interface RawTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offsets: readonly number[];
}

export interface RawHeader {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: readonly RawTensor[];
}

export const headerLimits = { tensors: 100_000, metadata: 10_000, rank: 32, name: 4096 } as const;

/** @throws {SyntaxError} with the reason and the position alone; the caller knows the file */
export function scanHeader(bytes: Uint8Array): RawHeader {
  const scanner = new HeaderScanner(bytes);
  const tensors: RawTensor[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  if (bytes[0] !== code("{")) scanner.fail('expected "{" as the first byte');
  scanner.object(
    () => "the header",
    headerLimits.tensors + 1,
    (key) => {
      if (key === "__metadata__") metadata = scanMetadata(scanner);
      else tensors.push(scanTensor(scanner, key));
      if (tensors.length > headerLimits.tensors) {
        scanner.fail(`more than ${headerLimits.tensors} tensors`);
      }
    },
  );
  scanner.end();
  return { metadata, tensors };
}

function scanMetadata(scanner: HeaderScanner): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  scanner.object(
    () => "__metadata__",
    headerLimits.metadata,
    (key) => {
      metadata.set(key, scanner.string());
    },
  );
  return metadata;
}

function scanTensor(scanner: HeaderScanner, name: string): RawTensor {
  let dtype: string | undefined;
  let shape: readonly number[] | undefined;
  let offsets: readonly number[] | undefined;
  const what: Naming = () => `tensor "${printable(name)}"`;
  if (name.length > headerLimits.name) {
    scanner.fail(`the name of a tensor has ${name.length} characters`);
  }
  scanner.object(what, 3, (key) => {
    if (key === "dtype") dtype = scanner.string();
    else if (key === "shape")
      shape = scanner.integers(headerLimits.rank, () => `shape of ${what()}`);
    else if (key === "data_offsets")
      offsets = scanner.integers(2, () => `data_offsets of ${what()}`);
    else scanner.fail(`${what()} has the key "${printable(key)}", which means nothing`);
  });
  if (dtype === undefined) return scanner.fail(`${what()} has no dtype`);
  if (shape === undefined) return scanner.fail(`${what()} has no shape`);
  if (offsets === undefined) return scanner.fail(`${what()} has no data_offsets`);
  return { name, dtype, shape, offsets };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const loneSurrogate = /\p{Surrogate}/u;

/** No name is allowed to be longer. */
const longestPlain: number = headerLimits.name;

/** What a message calls the place; made only when there is one. */
type Naming = () => string;

/** A cursor over JSON bytes, with the few productions that a header needs. */
class HeaderScanner {
  private position = 0;

  private readonly buffer: Buffer;

  constructor(private readonly bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  fail(reason: string): never {
    throw new SyntaxError(`${reason} (at byte ${this.position} of the header)`);
  }

  /** Calls `value` after each key, which must consume the value. Keys are unique. */
  object(what: Naming, most: number, value: (key: string) => void): void {
    this.expect("{", what);
    const keys = new Set<string>();
    if (this.accept("}")) return;
    do {
      const key = this.string();
      if (keys.has(key)) this.fail(`${what()} has "${printable(key)}" twice`);
      keys.add(key);
      if (keys.size > most) this.fail(`${what()} has more than ${most} entries`);
      this.expect(":", what);
      value(key);
    } while (this.accept(","));
    this.expect("}", what);
  }

  integers(most: number, what: Naming): readonly number[] {
    const values: number[] = [];
    this.expect("[", what);
    if (this.accept("]")) return values;
    do {
      if (values.length === most) this.fail(`${what()} has more than ${most} numbers`);
      values.push(this.integer(what));
    } while (this.accept(","));
    this.expect("]", what);
    return values;
  }

  /** JSON.parse() sees one text at a time here, never a structure. */
  string(): string {
    this.expect('"', () => "a text");
    const from = this.position - 1;
    const plain = this.plainText();
    if (plain !== undefined) return plain;
    while (this.bytes[this.position] !== code('"')) {
      if (this.position >= this.bytes.length) this.fail("a text does not end");
      this.position += this.bytes[this.position] === code("\\") ? 2 : 1;
    }
    this.position++;
    let text: unknown;
    try {
      text = JSON.parse(utf8.decode(this.bytes.subarray(from, this.position)));
    } catch (error) {
      this.fail(`a text is not JSON in UTF-8: ${messageOf(error)}`);
    }
    if (typeof text !== "string" || loneSurrogate.test(text)) {
      this.fail("a text has half of a surrogate pair");
    }
    return text;
  }

  /** Short and of letters that stand for themselves, as nearly all names are. */
  private plainText(): string | undefined {
    const from = this.position;
    for (let at = from; at < from + longestPlain; at++) {
      const byte = this.bytes[at];
      if (byte === code('"')) {
        this.position = at + 1;
        return this.buffer.toString("latin1", from, at);
      }
      if (byte === undefined || byte < 0x20 || byte > 0x7e || byte === code("\\")) return undefined;
    }
    return undefined;
  }

  /** Nothing but white space may follow: writers pad with it. */
  end(): void {
    this.skipSpace();
    if (this.position < this.bytes.length) this.fail("something follows the header's last brace");
  }

  private integer(what: Naming): number {
    this.skipSpace();
    const from = this.position;
    let value = 0;
    for (;;) {
      const digit = (this.bytes[this.position] ?? 0) - code("0");
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      this.position++;
      if (value > Number.MAX_SAFE_INTEGER) this.fail(`${what()} has a number beyond 2^53`);
    }
    const digits = this.position - from;
    if (digits === 0) this.fail(`${what()} has something else than a whole number`);
    if (digits > 1 && this.bytes[from] === code("0")) {
      this.fail(`${what()} has a number with a leading zero`);
    }
    return value;
  }

  private expect(character: string, what: Naming): void {
    if (!this.accept(character)) this.fail(`expected ${JSON.stringify(character)} in ${what()}`);
  }

  private accept(character: string): boolean {
    this.skipSpace();
    if (this.bytes[this.position] !== code(character)) return false;
    this.position++;
    return true;
  }

  private skipSpace(): void {
    for (;;) {
      const byte = this.bytes[this.position];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.position++;
    }
  }
}

function code(character: string): number {
  return character.charCodeAt(0);
}
