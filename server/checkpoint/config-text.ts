/** The text of config.json. */
import { configurationJson } from "./config-json";
import type { T5Configuration } from "./configuration";

/** Whole numbers in these are written as 1.0: transformers 5 checks types and refuses an integer for a float. */
const wholeFloat = /("(?:initializer_factor|layer_norm_epsilon|dropout_rate)": \d+)(?=,?\n)/g;

export function configurationText(configuration: T5Configuration): string {
  const text = `${JSON.stringify(configurationJson(configuration), null, 2)}\n`;
  return text.replace(wholeFloat, "$1.0");
}
