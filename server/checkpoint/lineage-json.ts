/** deep_fusion.json, checked: what it says is shown, added up and compared. */
import type {
  Ancestor,
  Cost,
  Lineage,
  Operation,
  ParentReference,
  PartSizes,
} from "../protocol/checkpoint";
import { isObject, shown, type JsonObject } from "./json";

/**
 * @param file only for messages
 * @throws {SyntaxError} not what writeCheckpoint() writes
 * @throws {RangeError} of a later version
 */
export function parseLineage(json: unknown, file: string): Lineage {
  const fields = new Fields(json, file, "the file");
  const version = fields.number("version");
  if (version !== 1) {
    throw new RangeError(
      `Cannot read ${file}: its version is ${version}, and this Deep Fusion knows version 1; use a newer Deep Fusion`,
    );
  }
  return {
    version,
    created_by: fields.text("created_by"),
    operation: operation(fields.child("operation")),
    parents: fields.list("parents").map((parent): ParentReference => ({
      name: parent.text("name"),
      weights_sha256: parent.text("weights_sha256"),
      cost: cost(parent.child("cost")),
    })),
    ancestors: fields.list("ancestors").map((ancestor): Ancestor => ({
      name: ancestor.text("name"),
      weights_sha256: ancestor.text("weights_sha256"),
      operation: operation(ancestor.child("operation")),
      own_cost: cost(ancestor.child("own_cost")),
      parents: ancestor.texts("parents"),
    })),
    own_cost: cost(fields.child("own_cost")),
    cost: cost(fields.child("cost")),
    ...(fields.has("parts") && { parts: fields.list("parts").map(partSizes) }),
  };
}

function partSizes(fields: Fields): PartSizes {
  return {
    d_model: fields.number("d_model"),
    num_heads: fields.number("num_heads"),
    d_ff: fields.number("d_ff"),
  };
}

function cost(fields: Fields): Cost {
  return {
    steps: fields.number("steps"),
    tokens: fields.number("tokens"),
    flops: fields.number("flops"),
    device_seconds: fields.number("device_seconds"),
  };
}

function operation(fields: Fields): Operation {
  const kind = fields.choice("kind", ["initialised", "trained", "fused", "imported"]);
  switch (kind) {
    case "initialised":
      return { kind, seed: fields.number("seed") };
    case "trained":
      return { kind, steps: fields.number("steps") };
    case "imported":
      return { kind, source: fields.text("source") };
    case "fused":
      return {
        kind,
        method: fields.choice("method", ["property", "rule", "calibrated"]),
        fill: fields.number("fill"),
        seed: fields.number("seed"),
        optimizer: fields.choice("optimizer", ["grow", "reset"]),
        receipt: receipt(fields.child("receipt")),
      };
  }
}

function receipt(fields: Fields): Extract<Operation, { kind: "fused" }>["receipt"] {
  const probe = fields.child("probe");
  return {
    method: fields.choice("method", ["property", "rule", "calibrated"]),
    kind: fields.choice("kind", ["exact", "drifts"]),
    drift: fields.number("drift"),
    limit: fields.number("limit"),
    parent_losses: fields.numbers("parent_losses"),
    child_loss: fields.number("child_loss"),
    ...(fields.has("filled_drift") && { filled_drift: fields.number("filled_drift") }),
    ...(fields.has("filled_loss") && { filled_loss: fields.number("filled_loss") }),
    probe: {
      source: probe.text("source"),
      examples: probe.number("examples"),
      tokens: probe.number("tokens"),
    },
  };
}

/** Typed access to one object of the file. */
class Fields {
  private readonly json: JsonObject;

  constructor(
    json: unknown,
    private readonly file: string,
    private readonly path: string,
  ) {
    if (!isObject(json)) {
      throw new SyntaxError(`Cannot read ${file}: ${path} is ${shown(json)}; expected an object`);
    }
    this.json = json;
  }

  has(key: string): boolean {
    return this.json[key] !== undefined;
  }

  text(key: string): string {
    return this.checked(key, this.json[key], isText);
  }

  number(key: string): number {
    return this.checked(key, this.json[key], isNumber);
  }

  texts(key: string): readonly string[] {
    return this.array(key).map((item) => this.checked(key, item, isText));
  }

  numbers(key: string): readonly number[] {
    return this.array(key).map((item) => this.checked(key, item, isNumber));
  }

  choice<T extends string>(key: string, choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.json[key]);
    return found ?? this.fail(key, this.json[key], `one of ${choices.join(", ")}`);
  }

  child(key: string): Fields {
    return new Fields(this.json[key], this.file, key);
  }

  list(key: string): readonly Fields[] {
    return this.array(key).map((item, index) => new Fields(item, this.file, `${key}[${index}]`));
  }

  private array(key: string): readonly unknown[] {
    const value = this.json[key];
    return Array.isArray(value) ? value : this.fail(key, value, "a list");
  }

  private checked<T>(key: string, value: unknown, kind: Kind<T>): T {
    return kind.is(value) ? value : this.fail(key, value, kind.name);
  }

  private fail(key: string, value: unknown, expected: string): never {
    throw new SyntaxError(
      `Cannot read ${this.file}: ${key} of ${this.path} is ${shown(value)}; expected ${expected}`,
    );
  }
}

interface Kind<T> {
  readonly name: string;
  is(value: unknown): value is T;
}

const isText: Kind<string> = {
  name: "a text",
  is: (value): value is string => typeof value === "string",
};

const isNumber: Kind<number> = {
  name: "a finite number",
  is: (value): value is number => Number.isFinite(value),
};
