/** A recipe's syntax tree, version after version. */
import { parseSyntax } from "../recipe/syntax";
import type { SyntaxTree } from "../recipe/syntax";

export class IncrementalSyntax {
  parse(text: string): SyntaxTree {
    return parseSyntax(text, "recipe");
  }
}
