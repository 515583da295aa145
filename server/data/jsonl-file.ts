/** JSON Lines (or .gz, as C4's shards are): each line an object, one field of which is a document's text. */
import { type ByteFile, byteChunks } from "./byte-stream";
import type { Document } from "./documents";
import { utf8Fault } from "./utf8";

const lineEnd = 0x0a;
const longestLineBytes = 64 * 2 ** 20;

/**
 * Offsets and `end` are bytes of the unpacked file. Empty lines and empty texts are passed over.
 * @throws {SyntaxError} a line is not UTF-8, not JSON, or has no text in `field`; it is named by its number
 */
export async function* jsonlDocuments(
  file: ByteFile,
  field: string,
  offset: number,
  end?: number,
): AsyncGenerator<Document> {
  for await (const line of lines(file, offset, end)) {
    let text: string;
    try {
      text = textOf(line, field);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const number = await lineNumber(file, line.offset);
      throw new SyntaxError(`Cannot read corpus file ${file.name}, line ${number}: ${reason}`);
    }
    if (text !== "") yield { text, offset: line.offset };
  }
}

interface Line {
  readonly bytes: Buffer;
  readonly offset: number;
}

async function* lines(file: ByteFile, offset: number, end?: number): AsyncGenerator<Line> {
  let start = offset;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of byteChunks(file, offset, end)) {
    const bytes = Buffer.concat([rest, chunk]);
    let used = 0;
    let stop = bytes.indexOf(lineEnd, rest.length);
    for (; stop >= 0; stop = bytes.indexOf(lineEnd, used)) {
      yield { bytes: bytes.subarray(used, stop), offset: start + used };
      used = stop + 1;
    }
    rest = bytes.subarray(used);
    start += used;
    if (rest.length > longestLineBytes) break;
  }
  if (rest.length > 0) yield { bytes: rest, offset: start };
}

/** @throws {SyntaxError} with the reason alone */
function textOf({ bytes, offset }: Line, field: string): string {
  if (bytes.length > longestLineBytes) {
    throw new SyntaxError("it is longer than 64 MiB; put one JSON object on each line");
  }
  const line = offset === 0 ? withoutMark(bytes) : bytes;
  const json = line.length === 0 || line.equals(carriageReturn) ? undefined : parsed(line, offset);
  return json === undefined ? "" : fieldOf(json, field);
}

const carriageReturn = Buffer.from("\r");

function withoutMark(bytes: Buffer): Buffer {
  return bytes.toString("latin1", 0, 3) === "\xef\xbb\xbf" ? bytes.subarray(3) : bytes;
}

function parsed(line: Buffer, offset: number): unknown {
  const fault = utf8Fault(line, offset);
  if (fault !== undefined) throw new SyntaxError(fault);
  try {
    return JSON.parse(line.toString("utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`it is not JSON (${reason}); put one JSON object on each line`);
  }
}

function fieldOf(json: unknown, field: string): string {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new SyntaxError(`it is no JSON object; write {"${field}": "..."} on each line`);
  }
  const text = (json as Record<string, unknown>)[field];
  if (typeof text === "string") return text;
  if (text !== undefined) {
    throw new SyntaxError(`field "${field}" is ${kindOf(text)}, not text`);
  }
  const present = Object.keys(json).map((name) => `"${name}"`);
  throw new SyntaxError(
    `it has no field "${field}", only ${present.join(", ") || "{}"}; set the corpus's \`field\``,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

/** Counted only when a message needs it: reading may have begun in the middle of the file. */
async function lineNumber(file: ByteFile, offset: number): Promise<number> {
  let number = 1;
  let position = 0;
  for await (const chunk of byteChunks(file, 0)) {
    const before = chunk.subarray(0, offset - position);
    for (let at = before.indexOf(lineEnd); at >= 0; at = before.indexOf(lineEnd, at + 1)) number++;
    position += chunk.length;
    if (position >= offset) break;
  }
  return number;
}
