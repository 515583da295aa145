/**
 * The Lie bracket of two vector fields, [f, g](x) = Dg(x) f(x) - Df(x) g(x).
 *
 * Taking a step along f and then along g, rather than g first, ends a distance of step² [f, g] away: where the
 * bracket of two training fields is zero, it does not matter which comes first. Training the parts and then the
 * fused model, or the other way round, differs in nothing else.
 * Source: Mazzawi et al., "Deep Fusion", ICML 2024, section 4, after Dherin 2023.
 */
export interface Field {
  at(point: Float64Array): Float64Array;
  /** The field's derivative at the point, times a direction. */
  along(point: Float64Array, direction: Float64Array): Float64Array;
}

export function lieBracket(f: Field, g: Field, point: Float64Array): Float64Array {
  const first = g.along(point, f.at(point));
  const second = f.along(point, g.at(point));
  return first.map((value, i) => value - second[i]!);
}

/** factor x field: -1 makes a gradient the field of its descent. */
export function scaleField(field: Field, factor: number): Field {
  const times = (values: Float64Array) => values.map((value) => factor * value);
  return {
    at: (point) => times(field.at(point)),
    along: (point, direction) => times(field.along(point, direction)),
  };
}
