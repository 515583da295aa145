/** The licence that a model card states, in the YAML between its first two lines of dashes. */
import { parse } from "yaml";
import { isObject, type JsonObject } from "./json";

export interface CardLicense {
  /** As Hugging Face lists them: "apache-2.0", or "other" with a name and a link. */
  readonly id: string;
  readonly name?: string;
  readonly link?: string;
}

/** What all cards together state, each once; none where one of them states none, for then nothing is known. */
export function commonLicenses(cards: readonly (string | undefined)[]): readonly CardLicense[] {
  const found = cards.map((card) => (card === undefined ? [] : cardLicenses(card)));
  if (found.some((licenses) => licenses.length === 0)) return [];
  const distinct = new Map(found.flat().map((license) => [JSON.stringify(license), license]));
  return [...distinct.values()];
}

/** A card comes from anywhere: what is not a licence's name is none. */
export function cardLicenses(card: string): readonly CardLicense[] {
  const { license, license_name, license_link } = frontMatter(card);
  const ids = (Array.isArray(license) ? license : [license]).filter(isName);
  if (ids.length !== 1) return ids.map((id) => ({ id }));
  return [
    {
      id: ids[0]!,
      ...(isName(license_name) && { name: license_name }),
      ...(isLink(license_link) && { link: license_link }),
    },
  ];
}

function frontMatter(card: string): JsonObject {
  const [, text] =
    /^\uFEFF?---\r?\n(.*?)\r?\n---\s*(?:\n|$)/s.exec(card.slice(0, mostLength)) ?? [];
  if (text === undefined) return {};
  try {
    const parsed: unknown = parse(text, { logLevel: "silent" });
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** Characters; Hugging Face's own cards have some thousands. */
const mostLength = 65_536;

function isName(value: unknown): value is string {
  return typeof value === "string" && /^[\w.+-]{1,64}$/.test(value);
}

function isLink(value: unknown): value is string {
  return typeof value === "string" && /^https:\/\/[\w./%~:?=&#+-]{1,500}$/.test(value);
}
