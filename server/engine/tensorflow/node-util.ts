/** Two functions of node:util that tfjs-node calls, and that Node has no more since version 23. */
import { createRequire } from "node:module";

/** Adds what is missing, and nothing else. */
export function completeUtil(): void {
  // An ES module's view of node:util cannot be added to.
  const util = createRequire(import.meta.url)("node:util") as Record<string, unknown>;
  util.isArray ??= Array.isArray;
  util.isNullOrUndefined ??= (value: unknown): boolean => value === null || value === undefined;
}
