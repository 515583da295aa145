import { describe, expect, test } from "vitest";
import { t, translator } from "../../webview/l10n";

describe("t()", () => {
  const german = translator({ "{0} of {1} steps": "{1} Schritte, davon {0}" });

  test("says a message in the bundle's language, with its values in that language's order", () => {
    expect(german("{0} of {1} steps", 3, "10")).toBe("10 Schritte, davon 3");
  });

  test("says what the bundle lacks as the code has it, and does so where there is no page", () => {
    expect(german("step {0}", 3)).toBe("step 3");
    expect(german("toString")).toBe("toString");
    expect(t("step {0}", 3)).toBe("step 3");
  });

  test("takes values as they are: places in them are not filled, and those without a value stay", () => {
    expect(german("{0} of {1} steps", "{1}", "$&")).toBe("$& Schritte, davon {1}");
    expect(german("step {0}")).toBe("step {0}");
  });
});
