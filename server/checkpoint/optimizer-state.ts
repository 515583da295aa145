/**
 * What optimizer.safetensors holds beside a checkpoint: for every weight a few tensors, stored as
 * `${weight}/${name}`.
 *
 * | optimizer | name                 | shape                                                          |
 * | adafactor | second_moment_row    | [rows]: running mean over the columns of gradient²; factored   |
 * |           | second_moment_column | [columns]: the same over the rows; factored                    |
 * |           | second_moment        | the weight's; not factored                                     |
 * | adamw     | first_moment         | the weight's: running mean of the gradient, not bias-corrected |
 * |           | second_moment        | the weight's: running mean of gradient², not bias-corrected    |
 * | sgd       | momentum             | the weight's; absent where the momentum is 0                   |
 *
 * A factored second moment stands for row_i column_j / mean(row).
 * Source of the factoring: Shazeer & Stern, "Adafactor", ICML 2018, with t5x's threshold of 128.
 */

export type OptimizerKind = "adafactor" | "adamw" | "sgd";

/** What trainer_state.json says of the state beside it; a fused checkpoint says this much and no more. */
export interface OptimizerRecord {
  readonly kind: OptimizerKind;
  /** Updates that the state has seen: decay and bias correction go on from here. */
  readonly updates: number;
}

const smallestFactored = 128;

/** Whether Adafactor keeps rows and columns of a weight's second moment in place of the whole. */
export function isFactored(shape: readonly number[]): boolean {
  return shape.length === 2 && shape.every((size) => size >= smallestFactored);
}

/** Shapes of the state of one weight, by short name. */
export function stateShapes(
  kind: OptimizerKind,
  shape: readonly number[],
): Readonly<Record<string, readonly number[]>> {
  switch (kind) {
    case "adafactor":
      return isFactored(shape)
        ? { second_moment_row: shape.slice(0, 1), second_moment_column: shape.slice(1) }
        : { second_moment: shape };
    case "adamw":
      return { first_moment: shape, second_moment: shape };
    case "sgd":
      return { momentum: shape };
  }
}

/** The name under which a weight's state tensor is stored. */
export function stateName(weight: string, shortName: string): string {
  return `${weight}/${shortName}`;
}

/**
 * Reads the part of trainer_state.json that concerns the optimizer.
 * @returns undefined where the checkpoint says nothing of an optimizer
 * @throws {SyntaxError} it says something else than it should
 */
export function parseOptimizerRecord(
  trainerState: unknown,
  file: string,
): OptimizerRecord | undefined {
  if (!isObject(trainerState) || trainerState.optimizer === undefined) return undefined;
  const { optimizer } = trainerState;
  if (!isObject(optimizer) || !isKind(optimizer.kind) || !isCount(optimizer.updates)) {
    throw new SyntaxError(
      `Cannot read ${file}: "optimizer" must be { kind: "adafactor" | "adamw" | "sgd", updates: COUNT }, ` +
        `got ${JSON.stringify(optimizer)}`,
    );
  }
  return { kind: optimizer.kind, updates: optimizer.updates };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isKind(value: unknown): value is OptimizerKind {
  return value === "adafactor" || value === "adamw" || value === "sgd";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
