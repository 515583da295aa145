/** Where a stage's heat maps are, as columns: of the same kernel, all but the step and the place is the same each time. */
import { decodeColumns, encodeColumns, type EncodedColumns, mapColumns } from "./columns";
import type { HeatMap } from "./metrics";

export interface HeatMapPlace extends Omit<HeatMap, "values"> {
  /** Byte of the file; asks for its values. */
  readonly at: number;
}

/** What places have in common. */
export type HeatMapLayout = Omit<HeatMapPlace, "step" | "at">;

export interface EncodedPlaces extends EncodedColumns {
  readonly layouts: readonly HeatMapLayout[];
}

/** `layout` is an index. */
const placeColumns = ["layout", "step", "at"] as const;

export function encodePlaces(places: readonly HeatMapPlace[]): EncodedPlaces {
  const layouts = new Map<string, HeatMapLayout>();
  const keys = places.map(({ kernel, rows, columns, shape, rowBorders, columnBorders }) => {
    const layout = { kernel, rows, columns, shape, rowBorders, columnBorders };
    const key = JSON.stringify(layout);
    layouts.set(key, layout);
    return key;
  });
  const numbers = new Map([...layouts.keys()].map((key, index) => [key, index]));
  const columns = mapColumns(placeColumns, (name) =>
    Float64Array.from(places, (place, i) =>
      name === "layout" ? numbers.get(keys[i]!)! : place[name],
    ),
  );
  return { layouts: [...layouts.values()], ...encodeColumns(placeColumns, columns) };
}

/** @throws {SyntaxError} there are none of this length */
export function decodePlaces(
  data: ArrayBuffer,
  start: number,
  { length, layouts }: Omit<EncodedPlaces, "bytes">,
): HeatMapPlace[] {
  const { columns } = decodeColumns(placeColumns, data, { start, lengths: [length] });
  return Array.from({ length }, (_, i) => {
    const layout = layouts[columns.layout[i]!];
    if (layout === undefined) throw new SyntaxError("Cannot read heat maps: one has no layout");
    return { ...layout, step: columns.step[i]!, at: columns.at[i]! };
  });
}
