/**
 * Adafactor as t5x runs it, without momentum. At update t = 1, 2, … of a weight W with gradient G:
 *
 *   rate = t^-decay                                       (the weight of the newest square; 1 at first)
 *   V    = (1 - rate) V + rate (G² + 1e-30)               element-wise; or, factored,
 *   R_i  = (1 - rate) R_i + rate mean_j(G_ij² + 1e-30),   C_j the same over i,   V_ij = R_i C_j / mean(R)
 *   U    = G / sqrt(V)
 *   W    = W - learning_rate · max(RMS(W), 1e-3) · U / max(1, RMS(U) / clipping)
 *
 * Source: Shazeer & Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", ICML 2018;
 * t5x/adafactor.py for what the paper leaves open (no relative step, scale of every weight, threshold 128).
 */
import {
  type Tensor,
  add,
  div,
  expandDims,
  maximum,
  mul,
  sqrt,
  square,
  sub,
  sum,
} from "@tensorflow/tfjs-core";
import { isFactored } from "../../checkpoint/optimizer-state";
import type { UpdatePass, WeightUpdate } from "../../engine/engine";
import type { OptimizerSettings } from "../settings";
import { pass } from "./pass";

type Settings = Extract<OptimizerSettings, { kind: "adafactor" }>;

const squareFloor = 1e-30;
const scaleFloor = 1e-3;

/** Scalars that its passes read: `rate` is t^-decay, `gradient_scale` what clipping left of the gradient. */
export const adafactorScalars = ["learning_rate", "gradient_scale", "rate"] as const;

export function adafactorUpdate(
  weight: string,
  shape: readonly number[],
  settings: Settings,
): WeightUpdate {
  return isFactored(shape)
    ? factoredUpdate(weight, shape, settings)
    : wholeUpdate(weight, shape, settings);
}

function wholeUpdate(weight: string, shape: readonly number[], settings: Settings): WeightUpdate {
  const accumulate = pass(
    "rows",
    ["weight", "gradient", "second_moment", "gradient_scale", "rate"],
    ({ weight, gradient, second_moment, gradient_scale, rate }) => {
      const scaled = mul(gradient, gradient_scale);
      const moment = blend(second_moment, flooredSquare(scaled), rate);
      return {
        replace: { second_moment: moment },
        sums: {
          weight_squares: sum(square(weight)),
          update_squares: sum(square(div(scaled, sqrt(moment)))),
        },
      };
    },
  );
  const apply = pass("rows", [...applyReads, "second_moment"], ({ second_moment, ...tensors }) => {
    const update = div(mul(tensors.gradient, tensors.gradient_scale), sqrt(second_moment));
    return { replace: { weight: descend(tensors, update, { settings, size: sizeOf(shape) }) } };
  });
  return {
    weight,
    state: { second_moment: { shape, layout: "rows" } },
    passes: [accumulate, apply],
  };
}

function factoredUpdate(
  weight: string,
  shape: readonly number[],
  settings: Settings,
): WeightUpdate {
  const [rows, columns] = [shape[0] ?? 1, shape[1] ?? 1];
  const apply = pass(
    "rows",
    [...applyReads, "second_moment_row", "second_moment_column", "row_sum"],
    ({ second_moment_row, second_moment_column, row_sum, ...tensors }) => {
      const update = precondition(mul(tensors.gradient, tensors.gradient_scale), {
        row: second_moment_row,
        column: second_moment_column,
        rowMean: div(row_sum, rows),
      });
      return { replace: { weight: descend(tensors, update, { settings, size: rows * columns }) } };
    },
  );
  return {
    weight,
    state: {
      second_moment_row: { shape: [rows], layout: "rows" },
      second_moment_column: { shape: [columns], layout: "whole" },
    },
    passes: [accumulateRows(columns), accumulateColumns(rows), measureUpdate(rows), apply],
  };
}

function accumulateRows(columns: number): UpdatePass {
  return pass(
    "rows",
    ["weight", "gradient", "second_moment_row", "gradient_scale", "rate"],
    ({ weight, gradient, second_moment_row, gradient_scale, rate }) => {
      const squares = flooredSquare(mul(gradient, gradient_scale));
      const row = blend(second_moment_row, div(sum(squares, 1), columns), rate);
      return {
        replace: { second_moment_row: row },
        sums: {
          column_squares: sum(squares, 0),
          row_sum: sum(row),
          weight_squares: sum(square(weight)),
        },
      };
    },
  );
}

function accumulateColumns(rows: number): UpdatePass {
  return pass(
    "whole",
    ["second_moment_column", "column_squares", "rate"],
    ({ second_moment_column, column_squares, rate }) => ({
      replace: {
        second_moment_column: blend(second_moment_column, div(column_squares, rows), rate),
      },
    }),
  );
}

function measureUpdate(rows: number): UpdatePass {
  return pass(
    "rows",
    ["gradient", "second_moment_row", "second_moment_column", "row_sum", "gradient_scale"],
    ({ gradient, second_moment_row, second_moment_column, row_sum, gradient_scale }) => {
      const update = precondition(mul(gradient, gradient_scale), {
        row: second_moment_row,
        column: second_moment_column,
        rowMean: div(row_sum, rows),
      });
      return { sums: { update_squares: sum(square(update)) } };
    },
  );
}

const applyReads = [
  "weight",
  "gradient",
  "weight_squares",
  "update_squares",
  "learning_rate",
  "gradient_scale",
] as const;

/** G / sqrt(V), V factored. Shapes: gradient [rows, columns], row [rows], column [columns], rowMean []. */
function precondition(
  gradient: Tensor,
  moment: { readonly row: Tensor; readonly column: Tensor; readonly rowMean: Tensor },
): Tensor {
  const rowFactor = expandDims(sqrt(div(moment.rowMean, moment.row)), 1); // [rows, 1]
  return div(mul(gradient, rowFactor), sqrt(moment.column));
}

/** The weight after the step along `update`, clipped and scaled. */
function descend(
  tensors: Readonly<Record<(typeof applyReads)[number], Tensor>>,
  update: Tensor,
  { settings, size }: { readonly settings: Settings; readonly size: number },
): Tensor {
  const updateNorm = sqrt(div(tensors.update_squares, size));
  const clip = maximum(div(updateNorm, settings.clipping), 1);
  const scale = settings.multiply_by_parameter_scale
    ? mul(tensors.learning_rate, maximum(sqrt(div(tensors.weight_squares, size)), scaleFloor))
    : tensors.learning_rate;
  return sub(tensors.weight, mul(update, div(scale, clip)));
}

/** (1 - rate) old + rate new. */
function blend(old: Tensor, newest: Tensor, rate: Tensor): Tensor {
  return add(mul(old, sub(1, rate)), mul(newest, rate));
}

function flooredSquare(gradient: Tensor): Tensor {
  return add(square(gradient), squareFloor);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
