/** Typed access to the keys of one config.json. */
import { shown, type JsonObject } from "./json";

/** No T5 is near it; products of a few still are exact numbers. */
export const largestDimension = 2 ** 24;

interface IntegerRange {
  readonly from: number;
  readonly to: number;
  readonly absent?: number;
}

interface NumberRange {
  readonly from?: number;
  readonly above?: number;
  readonly below?: number;
  readonly absent: number;
}

/** Every method throws a RangeError that names file, key, value and what is allowed. */
export class ConfigReader {
  constructor(
    private readonly json: JsonObject,
    private readonly file: string,
  ) {}

  dimension(key: string): number {
    return this.integer(key, { from: 1, to: largestDimension });
  }

  /** `null` is absent, as transformers writes it. */
  integer(key: string, { from, to, absent }: IntegerRange): number {
    const value = this.json[key] ?? absent;
    if (typeof value === "number" && Number.isInteger(value) && value >= from && value <= to) {
      return value;
    }
    throw this.refusal(key, `an integer from ${from} to ${to}`);
  }

  number(
    key: string,
    { from = -Infinity, above = -Infinity, below = Infinity, absent }: NumberRange,
  ) {
    const value = this.json[key] ?? absent;
    if (typeof value === "number" && value >= from && value > above && value < below) return value;
    const lower = above === -Infinity ? `at least ${from}` : `above ${above}`;
    throw this.refusal(key, `a number ${lower}${below === Infinity ? "" : ` and below ${below}`}`);
  }

  boolean(key: string, absent: boolean): boolean {
    const value = this.json[key] ?? absent;
    if (typeof value === "boolean") return value;
    throw this.refusal(key, "true or false");
  }

  private refusal(key: string, expected: string): RangeError {
    return new RangeError(
      `Cannot use ${this.file}: ${key} is ${shown(this.json[key])}; expected ${expected}`,
    );
  }
}
