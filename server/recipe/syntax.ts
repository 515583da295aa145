/** YAML text → a small tree that knows where everything stands. Never throws; bounded in size and aliases. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Document, Node, Pair } from "yaml";
import type { Position, Problem, Range } from "./problem";
import { type YamlFault, yamlReason } from "./yaml-reason";

export type SyntaxNode = MapNode | ListNode | ScalarNode;

export interface MapNode {
  readonly kind: "map";
  readonly range: Range;
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  readonly key: string;
  readonly keyRange: Range;
  readonly value: SyntaxNode;
}

export interface ListNode {
  readonly kind: "list";
  readonly range: Range;
  readonly items: readonly SyntaxNode[];
}

export interface ScalarNode {
  readonly kind: "scalar";
  readonly range: Range;
  readonly value: string | number | boolean | null;
  /** As written. */
  readonly source: string;
}

export const syntaxLimits = { bytes: 1024 * 1024, nodes: 20_000, depth: 32 } as const;

export interface SyntaxTree {
  readonly root: SyntaxNode | undefined;
  readonly problems: readonly Problem[];
  /** Whether the tree says what the author meant: the parser found no fault in the text. */
  readonly isWhole: boolean;
  /** Offset of a quote that was forgotten to close: nothing from there on was read as it was meant. */
  readonly openQuote?: number;
}

export function parseSyntax(text: string, file: string): SyntaxTree {
  const lines = new LineCounter();
  const locate = (start: number, end: number): Range => ({
    start: position(lines, Math.min(start, text.length)),
    end: position(lines, Math.min(Math.max(start, end), text.length)),
  });
  const problem = (range: Range, message: string): Problem => ({
    severity: "error",
    file,
    range,
    key: "",
    message,
  });

  if (text.length > syntaxLimits.bytes) {
    const size = `${text.length} characters`;
    const message = `Cannot read the recipe: it has ${size}, more than ${syntaxLimits.bytes}`;
    return { root: undefined, problems: [problem(locate(0, 0), message)], isWhole: false };
  }
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  } catch (error) {
    // The parser recurses; only text that is nested thousands deep brings it here.
    const reason = error instanceof RangeError ? "it is nested too deeply" : String(error);
    const message = `Cannot read the recipe: ${reason}`;
    return { root: undefined, problems: [problem(locate(0, 0), message)], isWhole: false };
  }
  const quote = document.errors.length > 0 ? findOpenQuote(document, text) : undefined;
  const problems = withoutEchoes(document.errors)
    // What follows an open quote was read as what it is not.
    .filter(({ pos }) => quote === undefined || pos[0] < quote)
    .map((error) =>
      problem(locate(error.pos[0], error.pos[1]), `Cannot read the YAML: ${yamlReason(error)}`),
    );
  if (quote !== undefined) {
    const sign = text[quote]!;
    const message = `Cannot read the YAML: the quote ${sign} that opens here is not closed on its line; close it with ${sign}`;
    problems.push(problem(locate(quote, quote + 1), message));
  }
  const builder = new TreeBuilder({ document, text, locate, problem });
  const root = document.contents === null ? undefined : builder.node(document.contents, 0);
  return {
    root,
    problems: [...problems, ...builder.problems],
    isWhole: document.errors.length === 0,
    ...(quote !== undefined && { openQuote: quote }),
  };
}

/**
 * Where a text begins in quotes that goes on over its line's end. YAML allows that, but where there is a fault a
 * forgotten quote is to blame: the parser finds it at the next quote, or at the end of the file.
 */
function findOpenQuote(document: Document.Parsed, text: string): number | undefined {
  let first: number | undefined;
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (first !== undefined || !range) return;
      const isQuoted = type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE";
      const [start, end] = range;
      const closed = end > start + 1 && text[end - 1] === text[start];
      if (isQuoted && (!closed || text.slice(start, end).includes("\n"))) first = start;
    },
  });
  return first;
}

interface TreeContext {
  readonly document: Document.Parsed;
  readonly text: string;
  readonly locate: (start: number, end: number) => Range;
  readonly problem: (range: Range, message: string) => Problem;
}

class TreeBuilder {
  readonly problems: Problem[] = [];
  private nodes = 0;

  constructor(private readonly context: TreeContext) {}

  node(node: Node, depth: number): SyntaxNode {
    const range = this.rangeOf(node);
    this.nodes++;
    if (depth > syntaxLimits.depth || this.nodes > syntaxLimits.nodes) {
      if (this.nodes !== Infinity)
        this.fault(
          range,
          "the recipe is too large, nested too deeply, or its aliases expand to too much",
        );
      this.nodes = Infinity;
      return empty(range);
    }
    if (isAlias(node))
      return this.alias(node.source, range, () => node.resolve(this.context.document), depth);
    if (isMap(node)) {
      return {
        kind: "map",
        range,
        entries: this.entries(node.items as Pair<Node, Node | null>[], depth),
      };
    }
    if (isSeq(node)) {
      const items = (node.items as (Node | null)[]).map((item) =>
        item === null ? empty(range) : this.node(item, depth + 1),
      );
      return { kind: "list", range, items };
    }
    if (isScalar(node)) return this.scalar(node.value, range);
    return empty(range);
  }

  private entries(pairs: readonly Pair<Node, Node | null>[], depth: number): MapEntry[] {
    const seen = new Set<string>();
    const entries: MapEntry[] = [];
    for (const pair of pairs) {
      if (this.nodes === Infinity) break;
      const keyRange = this.rangeOf(pair.key);
      if (!isScalar(pair.key) || typeof pair.key.value === "object") {
        this.fault(keyRange, "a key must be a plain word");
        continue;
      }
      const key = isTextual(pair.key.value) ? String(pair.key.value) : (pair.key.source ?? "");
      if (seen.has(key)) {
        this.fault(keyRange, `the key "${key}" is given twice`);
        continue;
      }
      seen.add(key);
      const value = pair.value === null ? empty(after(keyRange)) : this.node(pair.value, depth + 1);
      entries.push({ key, keyRange, value });
    }
    return entries;
  }

  private scalar(value: unknown, range: Range): ScalarNode {
    const source = this.context.text.slice(range.start.offset, range.end.offset);
    if (isTextual(value)) return { kind: "scalar", range, value, source };
    if (typeof value === "bigint") return { kind: "scalar", range, value: Number(value), source };
    return { kind: "scalar", range, value: null, source };
  }

  private alias(
    name: string,
    range: Range,
    resolve: () => Node | undefined,
    depth: number,
  ): SyntaxNode {
    let target: Node | undefined;
    try {
      target = resolve();
    } catch {
      target = undefined;
    }
    if (target === undefined) {
      this.fault(range, `the alias *${name} has no anchor &${name} before it`);
      return empty(range);
    }
    return this.node(target, depth + 1);
  }

  private fault(range: Range, reason: string): void {
    this.problems.push(this.context.problem(range, `Cannot read the YAML: ${reason}`));
  }

  private rangeOf(node: Node | null): Range {
    const range = node?.range;
    return this.context.locate(range?.[0] ?? 0, range?.[1] ?? 0);
  }
}

function isTextual(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function empty(range: Range): ScalarNode {
  return { kind: "scalar", range, value: null, source: "" };
}

function after(range: Range): Range {
  return { start: range.end, end: range.end };
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col), offset };
}

/** The parser recurses; only text that is nested hundreds deep brings it to the end of the stack. */

/** The parser has two words for some faults, at one place. */
function withoutEchoes(errors: readonly YamlFault[]): readonly YamlFault[] {
  const told = new Set<number>();
  return errors.filter(({ pos: [start] }) => {
    const isEcho = told.has(start);
    told.add(start);
    return !isEcho;
  });
}
