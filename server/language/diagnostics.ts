/** Problems of a recipe as the editor shows them. */
import { DiagnosticSeverity, DiagnosticTag } from "vscode-languageserver";
import type { Diagnostic } from "vscode-languageserver";
import type { Problem } from "../recipe/problem";
import type { RecipeDocument } from "./recipe-document";

export const diagnosticSource = "Deep Fusion";

/** The parser's findings, and those about the files that the recipe names. */
export function diagnostics(
  document: RecipeDocument,
  workspaceProblems: readonly Problem[] = [],
): Diagnostic[] {
  return [...document.parsed.problems, ...workspaceProblems].map((problem) =>
    diagnosticOf(document, problem),
  );
}

export function diagnosticOf(document: RecipeDocument, problem: Problem): Diagnostic {
  const unused = problem.message.endsWith(" by no stage");
  return {
    range: document.range(problem.range),
    severity:
      problem.severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Information,
    source: diagnosticSource,
    message: sentence(problem),
    ...(unused && { tags: [DiagnosticTag.Unnecessary] }),
  };
}

/** The key's last part says enough beside the squiggle. */
function sentence({ key, message, near, allowed }: Problem): string {
  const subject = key.split(".").at(-1) ?? "";
  const first =
    subject === "" || message.startsWith("there is no key") ? message : `${subject}: ${message}`;
  const parts = [first];
  if (near !== undefined) parts.push(`did you mean "${near}"?`);
  if (allowed !== undefined) parts.push(`allowed: ${allowed}`);
  return parts.join("\n");
}
