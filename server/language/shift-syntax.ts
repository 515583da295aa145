/** A piece of syntax, parsed by itself, at its place in the whole text. */
import type { Position, Range } from "../recipe/problem";
import type { SyntaxNode } from "../recipe/syntax";

/** By whole lines: columns stay. */
export interface Shift {
  readonly offset: number;
  readonly line: number;
}

export function shiftNode(node: SyntaxNode, by: Shift): SyntaxNode {
  const range = shiftRange(node.range, by);
  switch (node.kind) {
    case "scalar":
      return { kind: "scalar", range, value: node.value, source: node.source };
    case "list":
      return { kind: "list", range, items: node.items.map((item) => shiftNode(item, by)) };
    case "map":
      return {
        kind: "map",
        range,
        entries: node.entries.map(({ key, keyRange, value }) => ({
          key,
          keyRange: shiftRange(keyRange, by),
          value: shiftNode(value, by),
        })),
      };
  }
}

export function shiftRange({ start, end }: Range, by: Shift): Range {
  return { start: shiftPosition(start, by), end: shiftPosition(end, by) };
}

function shiftPosition({ line, column, offset }: Position, by: Shift): Position {
  return { line: line + by.line, column, offset: offset + by.offset };
}
