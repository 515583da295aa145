/** Figures as the editor shows them: three digits and a unit; times in words. */

/** Powers of ten, as disks and Hugging Face count: 1234567 → "1.23 MB". */
export function bytes(value: number): string {
  return scaled(value, ["B", "kB", "MB", "GB", "TB"], " ");
}

/** 1234567 → "1.23M". */
export function short(value: number): string {
  return scaled(value, ["", "k", "M", "B", "T"], "");
}

/** 1240 → "1,240". */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** 3.1e-7 → "3e-7": how exact, or how far off. */
export function deviation(value: number): string {
  if (value === 0) return "0";
  return value < 0.001 ? value.toExponential(0) : value.toPrecision(2);
}

/** 0.4123 → "41.2 %". */
export function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** Of all train stages of a run together: "62 %"; "" where none has begun or is known. */
export function shareDone(
  stages: readonly { readonly step?: number; readonly steps?: number }[],
): string {
  const [done, all] = stages.reduce(
    ([sum, total], { step = 0, steps = 0 }) => [sum + step, total + steps],
    [0, 0],
  );
  return all === 0 ? "" : `${Math.floor((100 * done) / all)} %`;
}

/** 0.412 → "0.41 s", 190 → "3 min". */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function scaled(value: number, units: readonly string[], space: string): string {
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  const text = unit === 0 ? String(Math.round(rest)) : rest.toPrecision(3);
  return `${text}${space}${units[unit]!}`.trimEnd();
}
