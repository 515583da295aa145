/**
 * Small float64 nets for studying training fields: y = W_L tanh(... tanh(W_1 x + b_1) ...) + b_L, with the loss
 * (1/2N) sum |y - target|². A net is one vector: for each layer its kernel [out, in], then its bias.
 */
import {
  addScaled,
  dual,
  type Dual,
  multiply,
  sumRows,
  tanh,
  tanhGradient,
  transpose,
} from "./dual";
import type { Field } from "./lie-bracket";

export interface Samples {
  /** [samples, widths[0]] */
  readonly inputs: Float64Array;
  /** [samples, last width] */
  readonly targets: Float64Array;
}

/** Number of values of a net with these layer widths, inputs first. */
export function mlpSize(widths: readonly number[]): number {
  return layerStarts(widths).at(-1)!;
}

/** Where each layer's kernel begins in the vector, and, last, the vector's length. */
export function layerStarts(widths: readonly number[]): readonly number[] {
  const starts = [0];
  for (let layer = 1; layer < widths.length; layer++) {
    starts.push(starts.at(-1)! + widths[layer]! * (widths[layer - 1]! + 1));
  }
  return starts;
}

/** [samples, last width] */
export function mlpOutputs(
  widths: readonly number[],
  net: Float64Array,
  inputs: Float64Array,
): Float64Array {
  return forward(
    layersOf(widths, net, new Float64Array(net.length)),
    asRows(inputs, widths[0]!),
  ).at(-1)!.value;
}

/** The gradient of the loss, and as its derivative the Hessian. */
export function lossGradient(widths: readonly number[], samples: Samples): Field {
  const evaluate = (net: Float64Array, direction: Float64Array) =>
    gradient(layersOf(widths, net, direction), samples);
  return {
    at: (net) => flatten(evaluate(net, new Float64Array(net.length)), "value"),
    along: (net, direction) => flatten(evaluate(net, direction), "tangent"),
  };
}

interface Layer {
  readonly kernel: Dual;
  readonly bias: Dual;
}

function layersOf(
  widths: readonly number[],
  net: Float64Array,
  direction: Float64Array,
): readonly Layer[] {
  const starts = layerStarts(widths);
  return widths.slice(1).map((out, layer) => {
    const [start, size] = [starts[layer]!, out * widths[layer]!];
    const matrix = (rows: number, columns: number, from: number) => {
      const end = from + rows * columns;
      return dual(rows, columns, net.slice(from, end), direction.slice(from, end));
    };
    return { kernel: matrix(out, widths[layer]!, start), bias: matrix(1, out, start + size) };
  });
}

/** What each layer is given, and, last, the outputs. */
function forward(layers: readonly Layer[], inputs: Dual): Dual[] {
  const states = [inputs];
  layers.forEach(({ kernel, bias }, layer) => {
    const linear = addScaled(multiply(states.at(-1)!, transpose(kernel)), bias, 1);
    states.push(layer === layers.length - 1 ? linear : tanh(linear));
  });
  return states;
}

function gradient(layers: readonly Layer[], { inputs, targets }: Samples): Layer[] {
  const states = forward(layers, asRows(inputs, layers[0]!.kernel.columns));
  const outputs = states.at(-1)!;
  const error = addScaled(outputs, asRows(targets, outputs.columns), -1);
  let flow = scaled(error, 1 / outputs.rows);
  const gradients: Layer[] = [];
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    const given = states[layer]!;
    gradients.unshift({ kernel: multiply(transpose(flow), given), bias: sumRows(flow) });
    const back = multiply(flow, layers[layer]!.kernel);
    if (layer > 0) flow = tanhGradient(back, given);
  }
  return gradients;
}

function asRows(values: Float64Array, columns: number): Dual {
  return dual(values.length / columns, columns, values);
}

function scaled({ rows, columns, value, tangent }: Dual, factor: number): Dual {
  const times = (values: Float64Array) => values.map((x) => factor * x);
  return dual(rows, columns, times(value), times(tangent));
}

function flatten(layers: readonly Layer[], what: "value" | "tangent"): Float64Array {
  return Float64Array.from(layers.flatMap(({ kernel, bias }) => [...kernel[what], ...bias[what]]));
}
