/** One version of a recipe in the editor: its text, and what is known of it, worked out at most once. */
import type { Position, Range } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { checkSyntax } from "../recipe/parse";
import type { ParsedRecipe } from "../recipe/parse";
import type { Range as RecipeRange } from "../recipe/problem";
import { namesOf } from "./names";
import type { Names } from "./names";
import type { Recipe } from "../recipe/recipe";
import { parseSyntax } from "../recipe/syntax";
import type { SyntaxNode, SyntaxTree } from "../recipe/syntax";

const shortText = 32 * 1024;
const end = { line: Number.MAX_SAFE_INTEGER, character: 0 };

export class RecipeDocument {
  private tree: SyntaxTree | undefined;
  private index: Names | undefined;
  private parsedRecipe: ParsedRecipe | undefined;

  /** @param parse another way to the same tree, such as one that remembers the last version's */
  constructor(
    readonly text: TextDocument,
    private readonly parse: (text: string) => SyntaxTree = (text) => parseSyntax(text, "recipe"),
    /** The newest version that was checked. */
    private readonly earlier?: ParsedRecipe,
  ) {}

  get syntax(): SyntaxTree {
    return (this.tree ??= this.parse(this.text.getText()));
  }

  get root(): SyntaxNode | undefined {
    return this.syntax.root;
  }

  /** What is declared, and where it is meant. */
  get names(): Names {
    return (this.index ??= namesOf(this.root));
  }

  /** Whether asking for `parsed` costs little: it is known, or the text is short. */
  get isParsedSoon(): boolean {
    return this.parsedRecipe !== undefined || this.text.offsetAt(end) < shortText;
  }

  /**
   * As far as it is right, for sizes and hints: of an earlier version where checking this one would take longer than
   * an answer may.
   */
  get draft(): Recipe {
    return this.isParsedSoon || this.earlier === undefined ? this.parsed.draft : this.earlier.draft;
  }

  /** Everything checked: the dearest to ask for. */
  get parsed(): ParsedRecipe {
    return (this.parsedRecipe ??= checkSyntax(this.syntax, "recipe"));
  }

  /** What the next version may fall back on. */
  get lastParsed(): ParsedRecipe | undefined {
    return this.parsedRecipe ?? this.earlier;
  }

  range({ start, end }: RecipeRange): Range {
    return { start: this.text.positionAt(start.offset), end: this.text.positionAt(end.offset) };
  }

  offset(position: Position): number {
    return this.text.offsetAt(position);
  }
}
