/** What is wrong with a piece of YAML, in the reader's words and with the remedy; the parser speaks to programmers. */
import type { ErrorCode } from "yaml";

/** One of the parser's errors. */
export interface YamlFault {
  readonly code: ErrorCode;
  readonly message: string;
  /** Offsets in the text. */
  readonly pos: readonly [number, number];
}

/** A fault that is not listed keeps the parser's words. */
const reasons: Readonly<Partial<Record<ErrorCode, (said: string) => string>>> = {
  BAD_INDENT: badIndent,
  TAB_AS_INDENT: () => "a tab indents this line; indent with spaces",
  BLOCK_AS_IMPLICIT_KEY: () =>
    "a key begins where a value is expected; put it on a line of its own, indented like its neighbours",
  MULTILINE_IMPLICIT_KEY: () =>
    "this line is no `key: value`; add the colon, or indent it like its neighbours",
  BAD_SCALAR_START: (said) => `a value cannot begin with ${said.at(-1)!}; put it in quotes`,
  MULTIPLE_DOCS: () => "a second document begins here; a recipe is one, so remove the ---",
  MISSING_CHAR: (said) =>
    said.startsWith("Implicit map keys") ? "this line has no colon; write `key: value`" : said,
  UNEXPECTED_TOKEN: unexpected,
};

export function yamlReason({ code, message }: YamlFault): string {
  const said = message.split("\n", 1)[0]!.trim();
  if (said.includes("call stack")) return "it is nested too deeply";
  return reasons[code]?.(said) ?? said;
}

function badIndent(said: string): string {
  const close = /end with a ([}\]])/.exec(said)?.[1];
  if (close === undefined) return "the indentation does not fit; indent it like its neighbours";
  const open = close === "}" ? "{" : "[";
  return `the ${open} before this is not closed; close it with ${close}`;
}

function unexpected(said: string): string {
  if (said.includes("flow-map-end")) return "this } closes no {; remove it";
  if (said.includes("flow-seq-end")) return "this ] closes no [; remove it";
  return "this does not belong to what stands before it; check indentation, colons and brackets";
}
