/** Quick fixes: each problem's own remedies, and the word that a mistyped one most likely meant. */
import { CodeActionKind } from "vscode-languageserver";
import type { CodeAction, Range, TextEdit } from "vscode-languageserver";
import type { Problem } from "../recipe/problem";
import { diagnosticOf } from "./diagnostics";
import type { RecipeDocument } from "./recipe-document";
import { setValue } from "./set-value";

export function quickFixes(
  document: RecipeDocument,
  range: Range,
  workspaceProblems: readonly Problem[] = [],
): CodeAction[] {
  const [from, to] = [document.offset(range.start), document.offset(range.end)];
  const here = [...document.parsed.problems, ...workspaceProblems].filter(
    (problem) => problem.range.start.offset <= to && from <= problem.range.end.offset,
  );
  return here.flatMap((problem) => fixesOf(document, problem));
}

function fixesOf(document: RecipeDocument, problem: Problem): CodeAction[] {
  const diagnostic = diagnosticOf(document, problem);
  const action = (title: string, edit: TextEdit, isPreferred: boolean): CodeAction => ({
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    isPreferred,
    edit: { changes: { [document.text.uri]: [edit] } },
  });
  const { near, fixes = [] } = problem;
  const nearest =
    near === undefined
      ? []
      : [action(`Change to "${near}"`, { range: diagnostic.range, newText: near }, true)];
  const others = fixes.flatMap(({ title, path, value }, index) => {
    const edit = setValue(document, path, value);
    return edit === undefined ? [] : [action(title, edit, near === undefined && index === 0)];
  });
  return [...nearest, ...others];
}
