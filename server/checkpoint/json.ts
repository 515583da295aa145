/** Reading of JSON that came from a file: every message names the file, the key and the value. */
import { readFile, stat } from "node:fs/promises";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Metadata files are small; a larger one is not what its name says. */
const maxBytes = 16 * 2 ** 20;

/** @throws {SyntaxError} too large, not UTF-8 or not JSON */
export async function readJson(file: string): Promise<unknown> {
  const { size } = await stat(file);
  if (size > maxBytes) {
    throw new SyntaxError(
      `Cannot read ${file}: it has ${size} bytes, and such a file has at most ${maxBytes}`,
    );
  }
  const bytes = await readFile(file);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: it is not JSON (${messageOf(error)})`, {
      cause: error,
    });
  }
}

/** @throws {SyntaxError} as readJson(), or not an object */
export async function readJsonObject(file: string): Promise<JsonObject> {
  const json = await readJson(file);
  if (isObject(json)) return json;
  throw new SyntaxError(`Cannot read ${file}: it is ${shown(json)}; expected an object`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A value as a message shows it: short, and on one line. */
export function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : (JSON.stringify(value) as string | undefined);
  if (text === undefined) return typeof value;
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A name from a file as a terminal may show it: no control characters, and not a page of it. */
export function printable(name: string): string {
  const escaped = name.replace(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped.length > 120 ? `${escaped.slice(0, 117)}...` : escaped;
}
