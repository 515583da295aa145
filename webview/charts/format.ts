/** Numbers as people read them: three figures, units, times in words. */
import { t } from "../l10n";

const prefixes: readonly (readonly [number, string])[] = [
  [1e18, "E"],
  [1e15, "P"],
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** 1234567 → "1.23M", 18400 → "18.4k", 0.01234 → "0.0123", 3e-7 → "3.00e-7". */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3) return value.toExponential(2);
  const prefix = prefixes.find(([unit]) => size >= unit * 0.9995);
  if (prefix === undefined) return figures(value);
  return figures(value / prefix[0]) + prefix[1];
}

/** As many figures as a float32 holds, without trailing zeros. */
export function exactNumber(value: number): string {
  return Number(value.toPrecision(7)).toString();
}

/** 0.48913672 → "48.91367 %". */
export function exactPercent(fraction: number): string {
  return `${exactNumber(100 * fraction)} %`;
}

/** 2.1046 → "2.105": losses are compared in their third decimal. */
export function lossNumber(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : String(value);
}

/** 0.4891 → "48.9 %". */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

/** 1200 → "1,200", for counts that a reader compares digit by digit. */
export function wholeNumber(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** 4.2 → "4.2 s", 150 → "2.5 min", 9000 → "2.5 h". */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${figures(seconds * 1000)} ms`;
  if (seconds < 100) return `${figures(seconds)} s`;
  if (seconds < 5400) return `${(seconds / 60).toFixed(1)} min`;
  return seconds < 172800
    ? `${(seconds / 3600).toFixed(1)} h`
    : t("{0} days", (seconds / 86400).toFixed(1));
}

function figures(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
