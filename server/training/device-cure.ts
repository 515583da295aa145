/** What to do about a device that gave up: the largest micro-batch that would fit it, or another device. */
import type { T5Configuration } from "../checkpoint/configuration";
import { parameterShapes } from "../checkpoint/parameters";
import { cardInSight } from "../engine/cards";
import { DeviceError } from "../engine/device-error";
import { findGraphicsCards } from "../engine/tensorflow/graphics-card";
import type { StepSettings } from "./learner";
import { tensorBytes } from "./memory";

export interface Failing {
  readonly configuration: T5Configuration;
  readonly settings: StepSettings;
  /** Decoder tokens of an example. */
  readonly targets: number;
  /** Of the newest checkpoint; undefined where there is none. */
  readonly savedStep: number | undefined;
}

/** Estimates are rough, and other programs use the card too. */
const share = 0.8;

/** The same error, with what is kept and what helps. */
export async function withCure(error: DeviceError, failing: Failing): Promise<DeviceError> {
  const { device, fault, message } = error;
  const { savedStep } = failing;
  const kept = savedStep === undefined ? [] : [`The checkpoint of step ${savedStep} is kept`];
  const smaller = fault.kind === "memory" ? memoryCure(error, failing, await memoryOf(error)) : [];
  const elsewhere =
    "npx deep-fusion resume goes on from the newest checkpoint, with --device cpu on the CPU";
  const text = [message, ...kept, ...smaller, elsewhere].join(". ");
  return new DeviceError(device, fault, { cause: error, message: text });
}

async function memoryOf({ device }: DeviceError): Promise<number | undefined> {
  if (device !== "webgpu" && device !== "cuda") return undefined;
  const cards = await findGraphicsCards();
  const card = device === "cuda" ? cardInSight(cards, process.env) : cards[0];
  return card?.memoryBytes;
}

function memoryCure(
  { fault }: DeviceError,
  failing: Failing,
  memoryBytes: number | undefined,
): string[] {
  if (fitsRecomputing(fault, failing, memoryBytes)) {
    return [
      "Run again with recompute: true in the recipe it would fit, by estimate, and go on from there",
    ];
  }
  const fitting = fittingMicroBatch(fault, failing, memoryBytes);
  return fitting === undefined
    ? ["No smaller micro_batch would help: train a smaller model, or elsewhere"]
    : [
        `With micro_batch: ${fitting} in the recipe it would fit, by estimate; the stage then begins anew`,
      ];
}

/** Whether the estimate says that the stage fits if the forward pass is not kept. @param memoryBytes as below */
export function fitsRecomputing(
  fault: DeviceError["fault"],
  { configuration, settings, targets }: Omit<Failing, "savedStep">,
  memoryBytes: number | undefined,
): boolean {
  // A tensor that is too large is as large when it is made anew.
  if (settings.recompute || fault.kind !== "memory" || fault.buffer !== undefined) return false;
  const bytes = (recompute: boolean): number =>
    tensorBytes(configuration, { ...settings, recompute }, targets);
  return bytes(true) <= share * Math.min(bytes(false), memoryBytes ?? Infinity);
}

/**
 * The largest divisor of the batch below the micro-batch that failed, of which the estimate says that it fits.
 * @param memoryBytes of the device; where it is not known, what failed needed a little more than there is
 */
export function fittingMicroBatch(
  fault: DeviceError["fault"],
  { configuration, settings, targets }: Omit<Failing, "savedStep">,
  memoryBytes: number | undefined,
): number | undefined {
  const { batch, micro_batch } = settings;
  const bytes = (examples: number): number =>
    tensorBytes(configuration, { ...settings, micro_batch: examples }, targets);
  const needed = bytes(micro_batch);
  const roomBytes = share * Math.min(needed, memoryBytes ?? Infinity);
  const buffer = fault.kind === "memory" ? fault.buffer : undefined;
  // A weight is as large in every micro-batch.
  if (buffer !== undefined && buffer.neededBytes <= largestWeight(configuration)) return undefined;
  const fits = (examples: number): boolean =>
    buffer === undefined
      ? bytes(examples) <= roomBytes
      : (buffer.neededBytes * examples) / micro_batch <= buffer.limitBytes;
  for (let examples = micro_batch - 1; examples >= 1; examples--) {
    if (batch % examples === 0 && fits(examples)) return examples;
  }
  return undefined;
}

function largestWeight(configuration: T5Configuration): number {
  const sizes = [...parameterShapes(configuration).values()].map((shape) =>
    shape.reduce((product, dimension) => product * dimension, 4),
  );
  return Math.max(...sizes);
}
