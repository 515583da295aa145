/** What every engine checks and counts of host values. */
import type { GradientResult, HostTensors, Scalars, Specs, UpdateProgram, Values } from "./engine";

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

export function specOf(specs: Specs, name: string, what: string): Specs[string] {
  const spec = specs[name];
  if (spec === undefined) {
    throw new RangeError(`Cannot find ${what} '${name}': known are ${listed(Object.keys(specs))}`);
  }
  return spec;
}

/**
 * @throws {RangeError} an input is missing, or there is one too many
 * @throws {TypeError} another number or type of values than the specs say
 */
export function checkInputs(specs: Specs, inputs: HostTensors): void {
  for (const [name, spec] of Object.entries(specs)) {
    const values = inputs[name];
    if (values === undefined) throw new RangeError(`Cannot run the function: no input '${name}'`);
    checkValues(`input '${name}'`, spec, values);
  }
  for (const name of Object.keys(inputs)) specOf(specs, name, "input");
}

/** @throws {TypeError} another number or type of values than the spec says */
export function checkValues(what: string, spec: Specs[string], values: Values): void {
  const dtype = values instanceof Int32Array ? "int32" : "float32";
  if (dtype !== spec.dtype) {
    throw new TypeError(`Cannot use ${what}: its values are ${dtype}, expected ${spec.dtype}`);
  }
  if (values.length !== sizeOf(spec.shape)) {
    throw new TypeError(
      `Cannot use ${what}: ${values.length} values, expected shape [${spec.shape.join(", ")}]`,
    );
  }
}

/** Specs of the whole optimizer state, in the order of the updates. */
export function stateSpecs(program: UpdateProgram): Specs {
  return Object.fromEntries(
    program.updates.flatMap(({ weight, state }) =>
      Object.entries(state).map(([name, { shape }]) => [
        `${weight}/${name}`,
        { shape, dtype: "float32" as const },
      ]),
    ),
  );
}

/** @throws {RangeError} the update is run without a scalar that it reads */
export function scalarOf(scalars: Scalars, name: string): number {
  const value = scalars[name];
  if (value === undefined) throw new RangeError(`Cannot run the update: no scalar '${name}'`);
  return value;
}

/** Of batches whose gradients were added up one after the other: the last squares are those of the sum. */
export function sumOfBatches(results: readonly GradientResult[]): GradientResult {
  const sum = (value: (result: GradientResult) => number): number =>
    results.reduce((total, result) => total + value(result), 0);
  const names = Object.keys(results[0]?.metrics ?? {});
  return {
    loss: sum(({ loss }) => loss),
    metrics: Object.fromEntries(names.map((name) => [name, sum(({ metrics }) => metrics[name]!)])),
    squares: results.at(-1)?.squares ?? {},
  };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${shown}, … (${names.length})` : shown;
}
