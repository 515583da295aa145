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
  return clearLongEdges(nodes, places);
}

/** An edge over several columns runs in its parent's row: where boxes stand in its way, the parent moves below all. */
function clearLongEdges(
  nodes: readonly GraphNode[],
  places: Map<string, Place>,
): Map<string, Place> {
  const cleared = new Map(places);
  let bottom = Math.max(-1, ...[...places.values()].map(({ row }) => row));
  for (const { id } of nodes) {
    const { column, row } = places.get(id)!;
    const reach = Math.max(
      column,
      ...nodes
        .filter(({ parents }) => parents.includes(id))
        .map((child) => places.get(child.id)!.column),
    );
    const isBlocked = [...cleared.values()].some(
      (other) => other.row === row && other.column > column && other.column < reach,
    );
    if (isBlocked) cleared.set(id, { column, row: ++bottom });
  }
  return cleared;
}
