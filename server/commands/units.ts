/** Figures as a reader of a terminal wants them. */

const grouped = new Intl.NumberFormat("en-US");

/** 1234567 → "1,234,567". */
export function showCount(count: number): string {
  return grouped.format(count);
}

/** Powers of ten, as disks and Hugging Face count: 1234567 → "1.23 MB". */
export function showBytes(bytes: number): string {
  return scaled(bytes, ["B", "kB", "MB", "GB", "TB"]);
}

/** 1234567 → "1.23M". */
export function showLarge(value: number): string {
  return scaled(value, ["", "k", "M", "G", "T"]).replace(" ", "");
}

/** 1234567 → "1.23 MFLOP". */
export function showFlops(flops: number): string {
  return scaled(flops, ["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP", "ZFLOP"]);
}

/** 3725 → "1 h 2 min". */
export function showSeconds(seconds: number): string {
  if (seconds < 60) return `${digits(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

function scaled(value: number, units: readonly string[]): string {
  let rest = value;
  let index = 0;
  while (rest >= 999.5 && index < units.length - 1) {
    rest /= 1000;
    index++;
  }
  return `${digits(rest)} ${units[index]!}`;
}

/** Three significant digits, without a tail of zeros. */
function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
