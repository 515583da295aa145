/** How a transfer goes, in words: what is there of how much, how fast, and how long it will take. */

/** "120 MB", with three digits at most. */
export function byteText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]!}`;
}

/** Speeds of long ago say little of the next minute. */
const memoryMs = 5000;

export class Transfer {
  private readonly seen: { readonly atMs: number; readonly done: number }[] = [];

  constructor(private readonly now: () => number) {}

  /** "120 MB of 308 MB, 12.0 MB/s, 16 s left". */
  describe(done: number, of: number): string {
    const atMs = this.now();
    this.seen.push({ atMs, done });
    while (this.seen.length > 2 && this.seen[1]!.atMs < atMs - memoryMs) this.seen.shift();
    const [first] = this.seen;
    const seconds = (atMs - first!.atMs) / 1000;
    const perSecond = seconds > 0.2 ? (done - first!.done) / seconds : 0;
    const parts = [`${byteText(done)} of ${byteText(of)}`];
    if (perSecond > 0) parts.push(`${byteText(perSecond)}/s`, timeText((of - done) / perSecond));
    return parts.join(", ");
  }
}

function timeText(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s left`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min left` : `${Math.round(minutes / 60)} h left`;
}
