import { expect, test } from "vitest";
import { plain } from "../../webview/dom";

test.each([
  ["a.b-c_0 שלום 🏴‍☠️", "a.b-c_0 שלום 🏴‍☠️"],
  ["two\nlines\tand more", "two\nlines\tand more"],
  ["\u202Egnp.tfel", "\uFFFDgnp.tfel"],
  ["\u2066isolated\u2069 \u200F", "\uFFFDisolated\uFFFD \uFFFD"],
  ["bell\u0007 \u001B[31m", "bell\uFFFD \uFFFD[31m"],
  [`e${"\u0301".repeat(40)}x`, `e${"\u0301".repeat(4)}x`],
])("plain() of %j leaves words as they are, and shows where controls were", (text, shown) => {
  expect(plain(text)).toBe(shown);
});
