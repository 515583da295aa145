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

/** Notes every fault with key, value and what is allowed, and goes on with a stand-in; refuseFaults() ends it. */
export class ConfigReader {
  private readonly faults: string[] = [];

  constructor(
    private readonly json: JsonObject,
    private readonly file: string,
  ) {}

  /** @throws {RangeError} there were faults: the message has them all */
  refuseFaults(): void {
    if (this.faults.length === 0) return;
    throw new RangeError(`Cannot use ${this.file}: ${this.faults.join(". ")}`);
  }

  fault(reason: string): void {
    this.faults.push(reason);
  }

  /** The stand-in is the largest, which no id and no part is beyond. */
  dimension(key: string): number {
    const value = this.json[key];
    if (isInteger(value) && value >= 1 && value <= largestDimension) return value;
    this.refuse(key, `an integer from 1 to ${largestDimension}`);
    return largestDimension;
  }

  /** `null` is absent, as transformers writes it. */
  integer(key: string, { from, to, absent }: IntegerRange): number {
    const value = this.json[key] ?? absent;
    if (isInteger(value) && value >= from && value <= to) return value;
    this.refuse(key, `an integer from ${from} to ${to}`);
    return absent ?? from;
  }

  number(
    key: string,
    { from = -Infinity, above = -Infinity, below = Infinity, absent }: NumberRange,
  ) {
    const value = this.json[key] ?? absent;
    if (typeof value === "number" && value >= from && value > above && value < below) return value;
    const lower = above === -Infinity ? `at least ${from}` : `above ${above}`;
    this.refuse(key, `a number ${lower}${below === Infinity ? "" : ` and below ${below}`}`);
    return absent;
  }

  boolean(key: string, absent: boolean): boolean {
    const value = this.json[key] ?? absent;
    if (typeof value === "boolean") return value;
    this.refuse(key, "true or false");
    return absent;
  }

  private refuse(key: string, expected: string): void {
    this.fault(`${key} is ${shown(this.json[key])}; expected ${expected}`);
  }
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}
