/** Why parents cannot be fused: every reason at once, each with what to do about it. */

export interface FusionFault {
  /** "parents": their number; "setting": a key of the configuration; "tensor": a stored weight. */
  readonly kind: "parents" | "setting" | "tensor" | "tokenizer";
  /** The configuration key or tensor name. */
  readonly key: string;
  /** What each parent concerned has, in the order of the parents. */
  readonly values: readonly { readonly parent: string; readonly value: string }[];
  readonly reason: string;
  readonly remedy: string;
}

/** Thrown before a byte is written. */
export class FusionRefusal extends Error {
  readonly kind = "fusion-refusal";

  constructor(
    readonly parents: readonly string[],
    readonly faults: readonly FusionFault[],
  ) {
    super(`Cannot fuse ${parents.join(", ")}: ${faults.map(describeFault).join("\n  ")}`);
    this.name = "FusionRefusal";
  }
}

/** One line: `d_ff: a has 4, b has 5; reason; remedy`. */
export function describeFault({ key, values, reason, remedy }: FusionFault): string {
  const have = values.map(({ parent, value }) => `${parent} has ${value}`).join(", ");
  return [have === "" ? key : `${key}: ${have}`, reason, remedy]
    .filter((piece) => piece !== "")
    .join("; ");
}
