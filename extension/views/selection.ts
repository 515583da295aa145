/** What a menu, a tree or a palette command hands over → the nodes that are meant. */
import type { CheckpointNode, TreeNode } from "./nodes";

/** Of a multi-selection all, where the clicked one is among them; otherwise the clicked one. */
export function nodesOf(target: unknown, selected: unknown): TreeNode[] {
  const clicked = isNode(target) ? [target] : [];
  const many = Array.isArray(selected) ? selected.filter(isNode) : [];
  return many.length > 0 ? many : clicked;
}

export function checkpointsOf(target: unknown, selected: unknown): CheckpointNode[] {
  return nodesOf(target, selected).filter(
    (node): node is CheckpointNode => node.kind === "checkpoint",
  );
}

const kinds: ReadonlySet<unknown> = new Set([
  "run",
  "stage",
  "checkpoint",
  "span",
  "group",
  "tensor",
  "note",
]);

function isNode(value: unknown): value is TreeNode {
  return typeof value === "object" && value !== null && "kind" in value && kinds.has(value.kind);
}
