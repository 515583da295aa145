/** One version of a recipe in the editor: its text, and what is known of it, worked out at most once. */
import type { Position, Range } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { checkSyntax } from "../recipe/parse";
import type { ParsedRecipe } from "../recipe/parse";
import type { Range as RecipeRange } from "../recipe/problem";
import { parseSyntax } from "../recipe/syntax";
import type { SyntaxNode, SyntaxTree } from "../recipe/syntax";

export class RecipeDocument {
  private tree: SyntaxTree | undefined;
  private parsedRecipe: ParsedRecipe | undefined;

  /** @param parse another way to the same tree, such as one that remembers the last version's */
  constructor(
    readonly text: TextDocument,
    private readonly parse: (text: string) => SyntaxTree = (text) => parseSyntax(text, "recipe"),
  ) {}

  get syntax(): SyntaxTree {
    return (this.tree ??= this.parse(this.text.getText()));
  }

  get root(): SyntaxNode | undefined {
    return this.syntax.root;
  }

  /** Everything checked: the dearest to ask for. */
  get parsed(): ParsedRecipe {
    return (this.parsedRecipe ??= checkSyntax(this.syntax, "recipe"));
  }

  range({ start, end }: RecipeRange): Range {
    return { start: this.text.positionAt(start.offset), end: this.text.positionAt(end.offset) };
  }

  offset(position: Position): number {
    return this.text.offsetAt(position);
  }
}
