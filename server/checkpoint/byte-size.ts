/** Sizes as transformers takes them: "5GB", "200MB", "1GiB". */

const units: ReadonlyMap<string, number> = new Map([
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
  ["KIB", 2 ** 10],
  ["MIB", 2 ** 20],
  ["GIB", 2 ** 30],
  ["TIB", 2 ** 40],
]);

/** Bytes; undefined for a text that is no size from 1 byte to 2^53. */
export function parseByteSize(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([KMGT]i?B)$/i.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const bytes = Math.floor(Number(digits) * units.get(unit.toUpperCase())!);
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
