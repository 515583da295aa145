/** A recipe's text, or in a sentence why there is none. */
import { readFile } from "node:fs/promises";
import { reasonOf } from "../files/system-reason";

/** @param shown as the user named it. @throws {RangeError} it cannot be read */
export async function readRecipeText(file: string, shown: string): Promise<string> {
  const refusal = (reason: string, cause: unknown) =>
    new RangeError(`Cannot read the recipe ${shown}: ${reason}`, { cause });
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw refusal(recipeReason(cause), cause);
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refusal("it is not UTF-8 text; is it a recipe?", cause);
  }
}

function recipeReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder; name a *.fusion.yaml file";
  return reasonOf(error);
}
