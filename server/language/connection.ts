/** The language features on the language server's connection. */
import { LSPErrorCodes, ResponseError, TextDocuments } from "vscode-languageserver";
import type { Connection, Position, TextDocumentPositionParams } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { setRecipeValue, summariseRecipe } from "../protocol/recipe-language";
import { codeLenses } from "./code-lenses";
import { complete } from "./completion";
import { definition, highlights, references } from "./definition";
import { OpenRecipes } from "./documents";
import { foldingRanges } from "./folding";
import { rememberTokenizers } from "./gather-facts";
import { format } from "./formatting";
import { quickFixes } from "./fixes";
import { hover } from "./hover";
import { inlayHints } from "./inlay-hints";
import type { RecipeDocument } from "./recipe-document";
import { prepareRename, rename } from "./rename";
import { setValue } from "./set-value";
import { summary } from "./summary";
import { symbols } from "./symbols";
import { Watcher } from "./watcher";
import type { WatcherOptions } from "./watcher";
import { noPaths, recipePaths } from "./workspace-paths";
import { folderOf } from "./uri";

export type LanguageOptions = Pick<
  WatcherOptions,
  "readTokenizer" | "hub" | "storage" | "runRoots"
>;

export interface Language {
  dispose(): void;
}

export function registerLanguage(connection: Connection, options: LanguageOptions): Language {
  const documents = new TextDocuments(TextDocument);
  const recipes = new OpenRecipes((uri) => documents.get(uri));
  const readTokenizer = rememberTokenizers(options.readTokenizer);
  const watcher = new Watcher({ ...options, readTokenizer, connection, recipes, documents });
  registerPositions(connection, recipes);
  registerWholes(connection, recipes);
  registerPanel(connection, recipes);
  documents.listen(connection);
  return watcher;
}

function registerPositions(connection: Connection, recipes: OpenRecipes): void {
  const at = <Result>(
    { textDocument, position }: TextDocumentPositionParams,
    answer: (document: RecipeDocument, offset: number) => Result,
  ): Result | null => {
    const document = recipes.get(textDocument.uri);
    return document === undefined ? null : answer(document, offsetOf(document, position));
  };
  connection.onCompletion((params) => {
    const folder = folderOf(params.textDocument.uri);
    const paths = folder === undefined ? noPaths : recipePaths(folder);
    return at(params, (document, offset) => complete(document, offset, paths));
  });
  connection.onHover((params) =>
    at(params, (document, offset) =>
      hover(document, offset, recipes.facts(params.textDocument.uri)),
    ),
  );
  connection.onDefinition((params) => at(params, definition));
  connection.onReferences((params) =>
    at(params, (document, offset) => references(document, offset, params.context)),
  );
  connection.onDocumentHighlight((params) => at(params, highlights));
  connection.onPrepareRename((params) => at(params, prepareRename));
  connection.onRenameRequest((params) =>
    at(params, (document, offset) => {
      try {
        return rename(document, offset, params.newName);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return new ResponseError<void>(LSPErrorCodes.RequestFailed, error.message);
      }
    }),
  );
}

function registerWholes(connection: Connection, recipes: OpenRecipes): void {
  connection.onDocumentSymbol(({ textDocument }) => {
    const document = recipes.get(textDocument.uri);
    return document === undefined ? [] : symbols(document);
  });
  connection.onFoldingRanges(({ textDocument }) => {
    const document = recipes.get(textDocument.uri);
    return document === undefined ? [] : foldingRanges(document);
  });
  connection.onDocumentFormatting(({ textDocument }) => {
    const document = recipes.get(textDocument.uri);
    return document === undefined ? [] : format(document);
  });
  connection.onCodeLens(({ textDocument: { uri } }) => {
    const document = recipes.get(uri);
    return document === undefined ? [] : codeLenses(document, recipes.facts(uri));
  });
  connection.languages.inlayHint.on(({ textDocument: { uri }, range }) => {
    const document = recipes.get(uri);
    return document === undefined ? [] : inlayHints(document, range, recipes.facts(uri));
  });
  connection.onCodeAction(({ textDocument: { uri }, range }) => {
    const document = recipes.get(uri);
    // Where the text is long, the editor asks again once its problems are published.
    return document?.isParsedSoon !== true
      ? []
      : quickFixes(document, range, recipes.workspaceProblems(uri));
  });
}

function registerPanel(connection: Connection, recipes: OpenRecipes): void {
  connection.onRequest(setRecipeValue, ({ uri, path, value }) => {
    const document = recipes.get(uri);
    return (document && setValue(document, path, value)) ?? null;
  });
  connection.onRequest(summariseRecipe, ({ uri }) => {
    const document = recipes.get(uri);
    return document === undefined ? null : summary(document, recipes.facts(uri));
  });
}

function offsetOf(document: RecipeDocument, position: Position): number {
  return document.offset(position);
}
