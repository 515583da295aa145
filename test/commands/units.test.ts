import { describe, expect, test } from "vitest";
import {
  showBytes,
  showCount,
  showFlops,
  showLarge,
  showSeconds,
} from "../../server/commands/units";

describe("figures", () => {
  test.each([
    [showCount(76_961_152), "76,961,152"],
    [showBytes(0), "0 B"],
    [showBytes(999), "999 B"],
    [showBytes(999_999), "1 MB"],
    [showBytes(307_844_608), "308 MB"],
    [showLarge(1_234_567), "1.23M"],
    [showFlops(3e17), "300 PFLOP"],
    [showFlops(3e24), "3000 ZFLOP"],
    [showSeconds(0.5), "0.5 s"],
    [showSeconds(59.99), "60 s"],
    [showSeconds(3725), "1 h 2 min"],
  ])("%s is shown as %s", (shown, expected) => {
    expect(shown).toBe(expected);
  });
});
