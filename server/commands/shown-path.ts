/** Paths of this machine as the user would type them. */
import { dirname, relative, resolve } from "node:path";
import type { Services } from "./services";

export function shownPath(path: string, { directory }: Pick<Services, "directory">): string {
  const shorter = relative(directory, path);
  return shorter === "" ? "." : shorter.startsWith(`..${dirname("/")}`) ? path : shorter;
}

/** What the user called a tokenizer, as loadTokenizer() takes it. */
export function tokenizerPath(tokenizer: string | undefined, directory: string) {
  return tokenizer === undefined || tokenizer === "bytes"
    ? tokenizer
    : resolve(directory, tokenizer);
}
