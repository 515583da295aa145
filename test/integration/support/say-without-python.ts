import { hasPython, leftOut } from "../../../scripts/python.mjs";

export function setup(): void {
  if (!hasPython()) process.stderr.write(`${leftOut}\n`);
}
