/** The words in which the recipe language is written down; the language itself is in fields.ts. */

export type FieldType =
  | NumberType
  | { readonly kind: "boolean" }
  | { readonly kind: "text"; readonly what: string }
  | { readonly kind: "choice"; readonly values: readonly string[] }
  /** The name of something that the recipe declares. */
  | { readonly kind: "reference"; readonly to: readonly NameKind[] }
  /** A list; one value alone may stand for a list of one. */
  | { readonly kind: "list"; readonly items: FieldType }
  | { readonly kind: "object"; readonly fields: Fields }
  /** Names of the user's choice, each with a value. */
  | { readonly kind: "named"; readonly what: NameKind; readonly values: FieldType }
  /** A plain word, or an object whose `kind` is that word. */
  | { readonly kind: "tagged"; readonly options: Readonly<Record<string, Fields>> }
  /** An object whose first key says what it is. */
  | { readonly kind: "variant"; readonly options: Readonly<Record<string, Fields>> };

export interface NumberType {
  readonly kind: "number";
  readonly whole: boolean;
  readonly least: number;
  readonly most: number;
  /** Whether `least` and `most` themselves are out of bounds. */
  readonly open?: "least" | "most" | "both";
}

export type NameKind = "corpus" | "model" | "stage";

export interface Field {
  readonly type: FieldType;
  /** One sentence or two for documentation, completion and hover. */
  readonly meaning: string;
  /** What stands there when the key is absent. */
  readonly default?: string | number | boolean;
  /** In words, where the default depends on something else. */
  readonly defaultText?: string;
  readonly required?: true;
  /** Where the meaning or the default comes from. */
  readonly source?: string;
}

export type Fields = Readonly<Record<string, Field>>;

/** In words, for messages and documentation. */
export function describeType(type: FieldType): string {
  switch (type.kind) {
    case "number":
      return describeNumber(type);
    case "boolean":
      return "true or false";
    case "text":
      return type.what;
    case "choice":
      return alternatives(type.values);
    case "reference":
      return `the name of a ${type.to.join(" or a ")}`;
    case "list":
      return `a list (or one alone) of: ${describeType(type.items)}`;
    case "object":
      return `keys ${Object.keys(type.fields).join(", ")}`;
    case "named":
      return `${type.what} names, each with its settings`;
    case "tagged":
      return `${alternatives(Object.keys(type.options))}, or an object with that \`kind\``;
    case "variant":
      return `one of the keys ${alternatives(Object.keys(type.options))}`;
  }
}

function describeNumber({ whole, least, most, open }: NumberType): string {
  const noun = whole ? "a whole number" : "a number";
  const above = open === "least" || open === "both";
  const below = open === "most" || open === "both";
  const lower = above ? `above ${least}` : `of at least ${least}`;
  if (most === Infinity || most === Number.MAX_SAFE_INTEGER) return `${noun} ${lower}`;
  if (!above && !below) return `${noun} from ${least} to ${most}`;
  return `${noun} ${lower} and ${below ? "below" : "at most"} ${most}`;
}

export function alternatives(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)!}`;
}
