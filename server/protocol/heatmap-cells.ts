/** How the axes of a kernel are cut into the cells of its heat map; writers and viewers cut alike. */

/**
 * First indices of the cells, and the axis's size at the end: cells + 1 numbers that rise. Every part is cut on its
 * own into cells of nearly equal size, as many as its share of the axis, so that no cell crosses a border.
 * @param borders first indices of the parts, 0 first; [] for one part
 * @param most about how many cells there shall be; a part has at least one
 */
export function cellEdges(size: number, borders: readonly number[], most: number): number[] {
  const starts = borders.length === 0 ? [0] : borders;
  const edges = starts.flatMap((start, part) => {
    const length = (starts[part + 1] ?? size) - start;
    const cells = Math.min(length, Math.max(1, Math.round((most * length) / size)));
    return Array.from({ length: cells }, (_, cell) => start + Math.floor((cell * length) / cells));
  });
  return [...edges, size];
}

/** Cells along an axis that has more indices than this. */
export const heatMapCells = 64;
