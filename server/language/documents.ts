/** The open recipes, each with its newest version parsed at most once, and what is known of its surroundings. */
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Problem } from "../recipe/problem";
import type { RecipeFacts } from "./facts";
import { noFacts } from "./gather-facts";
import { IncrementalSyntax } from "./incremental-syntax";
import { RecipeDocument } from "./recipe-document";

interface OpenRecipe {
  readonly version: number;
  readonly document: RecipeDocument;
  readonly syntax: IncrementalSyntax;
}

export interface Known {
  readonly facts: RecipeFacts;
  readonly problems: readonly Problem[];
}

export class OpenRecipes {
  private readonly open = new Map<string, OpenRecipe>();
  private readonly known = new Map<string, Known & { readonly version: number }>();

  constructor(private readonly find: (uri: string) => TextDocument | undefined) {}

  /** Undefined for what is not open. */
  get(uri: string): RecipeDocument | undefined {
    const text = this.find(uri);
    if (text === undefined) return undefined;
    const last = this.open.get(uri);
    if (last?.version === text.version && last.document.text === text) return last.document;
    const syntax = last?.syntax ?? new IncrementalSyntax();
    const parse = (content: string) => syntax.parse(content);
    const document = new RecipeDocument(text, parse, last?.document.lastParsed);
    this.open.set(uri, { version: text.version, document, syntax });
    return document;
  }

  facts(uri: string): RecipeFacts {
    return this.known.get(uri)?.facts ?? noFacts;
  }

  /** About files; [] where the text has changed since they were looked at, as the places would be wrong. */
  workspaceProblems(uri: string): readonly Problem[] {
    const known = this.known.get(uri);
    return known?.version === this.find(uri)?.version ? (known?.problems ?? []) : [];
  }

  learn(uri: string, version: number, known: Known): void {
    this.known.set(uri, { ...known, version });
  }

  close(uri: string): void {
    this.open.delete(uri);
    this.known.delete(uri);
  }
}
