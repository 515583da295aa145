/** Where the boxes of the stage graph stand: columns by depth, rows so that edges are short. */

export interface GraphNode {
  readonly id: string;
  readonly parents: readonly string[];
}

export interface Place {
  readonly column: number;
  readonly row: number;
}

/**
 * A place for each node: one column to the right of its rightmost parent; a chain stays in its parent's row
 * where that is free, and nothing shares a place.
 */
export function layOut(nodes: readonly GraphNode[]): Map<string, Place> {
  const places = new Map<string, Place>();
  const taken = new Set<string>();
  for (const node of nodes) {
    const parents = node.parents.flatMap((id) => places.get(id) ?? []);
    const column =
      parents.length === 0 ? 0 : 1 + Math.max(...parents.map((parent) => parent.column));
    const wanted = parents.length === 0 ? 0 : Math.min(...parents.map((parent) => parent.row));
    let row = wanted;
    while (taken.has(`${column},${row}`)) row += 1;
    taken.add(`${column},${row}`);
    places.set(node.id, { column, row });
  }
  return places;
}
