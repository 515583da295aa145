import { t } from "../l10n";

const units = [t("bytes"), "kB", "MB", "GB", "TB"] as const;

/** 512 → "512 bytes", 12345678 → "12.3 MB". */
export function byteSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${Number(size.toPrecision(3))} ${units[unit]!}`;
}
