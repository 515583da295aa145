/** Paths of this machine as the user would type them. */
import { dirname, relative } from "node:path";
import type { Services } from "./services";

export function shownPath(path: string, { directory }: Pick<Services, "directory">): string {
  const shorter = relative(directory, path);
  return shorter === "" ? "." : shorter.startsWith(`..${dirname("/")}`) ? path : shorter;
}
