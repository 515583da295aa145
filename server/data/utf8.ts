/** Text is UTF-8, or it is refused: silently replaced characters would be trained on. */
import { isUtf8 } from "node:buffer";

/**
 * What is wrong with the first byte that is not UTF-8; undefined: nothing is.
 * @param offset of the bytes in their file
 */
export function utf8Fault(bytes: Buffer, offset: number): string | undefined {
  if (isUtf8(bytes)) return undefined;
  const bad = firstBadByte(bytes);
  const value = bytes[bad]!.toString(16).padStart(2, "0");
  return `byte ${offset + bad} (0x${value}) is not UTF-8; convert the file to UTF-8`;
}

/** A replacement character that is not in the bytes themselves stands for the first bad byte. */
function firstBadByte(bytes: Buffer): number {
  const text = bytes.toString("utf8");
  let offset = 0;
  let from = 0;
  for (;;) {
    const next = text.indexOf("\ufffd", from);
    if (next < 0) throw new Error("unreachable: the bytes are UTF-8");
    offset += Buffer.byteLength(text.slice(from, next));
    if (bytes.toString("latin1", offset, offset + 3) !== "\xef\xbf\xbd") return offset;
    offset += 3;
    from = next + 1;
  }
}
