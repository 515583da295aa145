import { describe, expect, test } from "vitest";
import { duration, grouped, quantity, shortNumber } from "../../server/commands/format";

describe("figures", () => {
  test.each([
    [grouped(76_961_152), "76,961,152"],
    [shortNumber(950), "950"],
    [shortNumber(1_234_567), "1.2 M"],
    [shortNumber(999_999), "1.0 M"],
    [quantity(576, "B"), "576 B"],
    [quantity(307_844_608, "B"), "308 MB"],
    [quantity(3e17, "FLOP"), "300 PFLOP"],
    [duration(0.5), "0.5 s"],
    [duration(3725), "1 h 2 min"],
  ])("%s is shown as %s", (shown, expected) => {
    expect(shown).toBe(expected);
  });
});
