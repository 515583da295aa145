/**
 * Tells when a file may have changed. The system's own notices come at once but not everywhere (network disks, WSL,
 * a folder that is not there yet, no watch left), so the file is looked at regularly as well.
 */
import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

export interface Watch {
  close(): void;
}

const lookEveryMs = 500;

/** `onChange` may be called more often than the file changes, never less. */
export function watchFile(file: string, onChange: () => void): Watch {
  let seen = "";
  const look = async (): Promise<void> => {
    const found = await stat(file).catch(() => undefined);
    const now = found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeMs}`;
    if (now === seen) return;
    seen = now;
    onChange();
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  const notices = watchFolder(dirname(file), (name) => {
    if (name === basename(file)) void look();
  });
  return {
    close: () => {
      clearInterval(timer);
      notices?.close();
    },
  };
}

/** Undefined where the system does not give notice. */
function watchFolder(folder: string, onName: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      onName(name);
    });
    watcher.on("error", () => {
      watcher.close();
    });
    return watcher;
  } catch {
    return undefined;
  }
}
