/** Numbers as they stand beside code: three figures, with a unit. */

/** 76961152 → "77M"; as researchers count: k, M, B, T. */
export function large(value: number): string {
  return scaled(value, ["", "k", "M", "B", "T", "Q"]);
}

/** In powers of ten: 307844608 → "308 MB". */
export function bytes(value: number): string {
  return scaled(value, [" B", " kB", " MB", " GB", " TB", " PB"]);
}

export function flops(value: number): string {
  return scaled(
    value,
    ["", "k", "M", "G", "T", "P", "E", "Z"].map((unit) => ` ${unit}FLOP`),
  );
}

/** "40 s", "3 min", "1 h 20 min", "2 d 3 h". */
export function duration(seconds: number): string {
  if (seconds < 99.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** 1200 → "1,200". */
export function count(value: number): string {
  return new Intl.NumberFormat("en-US").format(value);
}

function scaled(value: number, units: readonly string[]): string {
  let rest = value;
  let index = 0;
  while (rest >= 999.5 && index < units.length - 1) {
    rest /= 1000;
    index++;
  }
  return `${Number(rest.toPrecision(3))}${units[index]!}`;
}
