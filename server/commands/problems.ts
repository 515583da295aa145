/** A recipe's problems on stderr: the errors first to last, then what is good to know. */
import { formatProblem, isError } from "../recipe/problem";
import type { Problem } from "../recipe/problem";
import { counted } from "./format";
import type { Output } from "./output";

export function reportProblems(problems: readonly Problem[], output: Output): void {
  for (const problem of problems) output.message(formatProblem(problem));
  const errors = problems.filter(isError).length;
  if (errors > 0) output.message(`${counted(errors, "error")}; nothing was run`);
}
