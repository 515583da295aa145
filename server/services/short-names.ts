/** What messages call checkpoints: as little of their paths as tells them apart. */
import { basename, dirname } from "node:path";
import { hubName } from "./hub-name";

/** Equal paths share a name: the stage of "a/step-00000030" where that will do, else as much of the path as it takes. */
export function shortNames(paths: readonly string[]): string[] {
  const distinct = [...new Set(paths)];
  const stages = distinct.map(stageName);
  if (new Set(stages).size === stages.length) return paths.map(stageName);
  for (let parts = 1; ; parts++) {
    const names = distinct.map((path) => lastParts(path, parts));
    const whole = names.every((name, index) => name === distinct[index]);
    if (whole || new Set(names).size === names.length) {
      return paths.map((path) => names[distinct.indexOf(path)]!);
    }
  }
}

function stageName(path: string): string {
  const name = hubName(path) ?? basename(path);
  return /^step-\d+$/.test(name) ? basename(dirname(path)) : name;
}

function lastParts(path: string, parts: number): string {
  const above = dirname(path);
  if (above === path) return path;
  return parts === 1 ? basename(path) : `${lastParts(above, parts - 1)}/${basename(path)}`;
}
