/** Two functions of node:util that tfjs-node calls: newer Nodes warn of one of them, and have the other no more. */
import { createRequire } from "node:module";

export function completeUtil(): void {
  // An ES module's view of node:util cannot be added to.
  const util = createRequire(import.meta.url)("node:util") as Record<string, unknown>;
  util.isArray = Array.isArray;
  util.isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined;
}
