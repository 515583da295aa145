/** Figures as people read them. */

/** "950", "12.3 k", "1.2 M", "3.4 G": three digits at most. */
export function shortNumber(value: number): string {
  const units = ["", " k", " M", " G", " T", " P", " E"];
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  if (unit === 0) return Number.isInteger(value) ? String(value) : scaled.toPrecision(3);
  return `${scaled >= 99.95 ? scaled.toFixed(0) : scaled.toPrecision(scaled >= 9.995 ? 3 : 2)}${units[unit]!}`;
}

/** "40 s", "3 min", "1 h 20 min", "2 d 3 h". */
export function duration(seconds: number): string {
  if (seconds < 0.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${seconds.toFixed(0)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

/** Nats per token. */
export function lossText(loss: number): string {
  return loss.toFixed(3);
}

/** "1 stage", "2 stages". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A short number with its unit: quantity(576, "B") is "576 B", quantity(1234, "B") "1.2 kB". */
export function quantity(value: number, unit: string): string {
  const text = shortNumber(value);
  return text.includes(" ") ? `${text}${unit}` : `${text} ${unit}`;
}

/** "1,234,567". */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
