/** The optimizers' formulas, written out in float64 on plain arrays: what the passes are measured against. */
import type { OptimizerSettings } from "../../../server/training/settings";

export type Numbers = readonly number[];
type AdafactorSettings = Extract<OptimizerSettings, { kind: "adafactor" }>;
type AdamWSettings = Extract<OptimizerSettings, { kind: "adamw" }>;

/** One update of a matrix in place of another: gets the gradient, gives the new weight. */
export type Updater = (weight: Numbers, gradient: Numbers, learningRate: number) => Numbers;

const mean = (values: Numbers) => values.reduce((sum, x) => sum + x, 0) / values.length;
const rms = (values: Numbers) => Math.sqrt(mean(values.map((x) => x * x)));

export function adafactor(
  { decay, clipping, multiply_by_parameter_scale }: AdafactorSettings,
  secondMoment: (gradient: Numbers, rate: number) => Numbers,
): Updater {
  let t = 0;
  return (weight, gradient, learningRate) => {
    t += 1;
    const moment = secondMoment(gradient, t ** -decay);
    const update = gradient.map((g, i) => g / Math.sqrt(moment[i]!));
    const clip = Math.max(1, rms(update) / clipping);
    const scale = multiply_by_parameter_scale ? Math.max(1e-3, rms(weight)) : 1;
    return weight.map((w, i) => w - (learningRate * scale * update[i]!) / clip);
  };
}

export function wholeMoment(): (gradient: Numbers, rate: number) => Numbers {
  let moment: Numbers | undefined;
  return (gradient, rate) => {
    moment = gradient.map((g, i) => (1 - rate) * (moment?.[i] ?? 0) + rate * (g * g + 1e-30));
    return moment;
  };
}

export function factoredMoment(rows: number, columns: number) {
  const row = new Array<number>(rows).fill(0);
  const column = new Array<number>(columns).fill(0);
  return (gradient: Numbers, rate: number): Numbers => {
    const squares = gradient.map((g) => g * g + 1e-30);
    for (let i = 0; i < rows; i++) {
      const fresh = mean(squares.slice(i * columns, (i + 1) * columns));
      row[i] = (1 - rate) * row[i]! + rate * fresh;
    }
    for (let j = 0; j < columns; j++) {
      const fresh = mean(squares.filter((_, at) => at % columns === j));
      column[j] = (1 - rate) * column[j]! + rate * fresh;
    }
    const scale = mean(row);
    return gradient.map(
      (_, at) => (row[Math.floor(at / columns)]! * column[at % columns]!) / scale,
    );
  };
}

export function adamw({ beta1, beta2, epsilon, weight_decay }: AdamWSettings): Updater {
  let t = 0;
  let first: Numbers | undefined;
  let second: Numbers | undefined;
  return (weight, gradient, learningRate) => {
    t += 1;
    first = gradient.map((g, i) => beta1 * (first?.[i] ?? 0) + (1 - beta1) * g);
    second = gradient.map((g, i) => beta2 * (second?.[i] ?? 0) + (1 - beta2) * g * g);
    return weight.map((w, i) => {
      const unbiasedFirst = first![i]! / (1 - beta1 ** t);
      const unbiasedSecond = second![i]! / (1 - beta2 ** t);
      const step = unbiasedFirst / (Math.sqrt(unbiasedSecond) + epsilon);
      return w * (1 - learningRate * weight_decay) - learningRate * step;
    });
  };
}

export function sgd(momentum: number): Updater {
  let velocity: Numbers | undefined;
  return (weight, gradient, learningRate) => {
    velocity = gradient.map((g, i) => momentum * (velocity?.[i] ?? 0) + g);
    return weight.map((w, i) => w - learningRate * velocity![i]!);
  };
}
