/** What is wrong in a recipe, where, and what would be right; the editor and the command line show the same. */

/** `line` and `column` count from 1, columns in UTF-16 units; `offset` counts from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** "information" never stops a run. */
export type Severity = "error" | "information";

/** A change that would put it right: what should stand at a path, as YAML; without `value` it is taken out. */
export interface Fix {
  /** What it does, in the imperative. */
  readonly title: string;
  readonly path: string;
  readonly value?: string;
}

export interface Problem {
  readonly severity: Severity;
  readonly file: string;
  readonly range: Range;
  /** Dotted path of the key, "stages.a.steps"; "" for the whole file. */
  readonly key: string;
  /** As it stands in the file, shortened. */
  readonly value?: string;
  /** A sentence without its full stop. */
  readonly message: string;
  /** What may stand there instead. */
  readonly allowed?: string;
  /** The allowed word that is nearest to the one given: a replacement for exactly `range`. */
  readonly near?: string;
  readonly fixes?: readonly Fix[];
}

export function isError(problem: Problem): boolean {
  return problem.severity === "error";
}

/** One line: "FILE:LINE:COLUMN: error: KEY: message; did you mean "x"?; allowed: …". */
export function formatProblem(problem: Problem): string {
  const { file, range, severity, key, message, near, allowed } = problem;
  const parts = [message];
  if (near !== undefined) parts.push(`did you mean "${near}"?`);
  if (allowed !== undefined) parts.push(`allowed: ${allowed}`);
  const subject = key === "" ? "" : `${key.length > 200 ? `${key.slice(0, 199)}…` : key}: `;
  const place = `${file}:${range.start.line}:${range.start.column}`;
  return plain(`${place}: ${severity}: ${subject}${parts.join("; ")}`);
}

/** Without what could move a terminal's cursor or reverse its text. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, "\u{FFFD}");
}

/** In quotes, on one line, and short. */
export function quote(text: string): string {
  const shown = plain(text);
  return shown.length > 80 ? `"${shown.slice(0, 77)}…"` : `"${shown}"`;
}

/** In the order of the text; of two at one place the error first. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (left, right) =>
      left.range.start.offset - right.range.start.offset ||
      left.severity.localeCompare(right.severity),
  );
}
