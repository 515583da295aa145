/** A folder that nobody may write, not even root, who runs the tests of a container. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ReadOnlyFolder {
  readonly folder: string;
  close(): void;
}

/** With these files, by name. @throws {Error} root may not mount here: as another user no mount is needed */
export function readOnlyFolder(files: Readonly<Record<string, string>>): ReadOnlyFolder {
  const folder = mkdtempSync(join(tmpdir(), "deep-fusion-read-only-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    execFileSync("mount", ["--bind", folder, folder]);
    execFileSync("mount", ["-o", "remount,bind,ro", folder]);
  } else chmodSync(folder, 0o555);
  return {
    folder,
    close: () => {
      if (isRoot)
        execFileSync("umount", ["--lazy", folder]); // VS Code may hold it open for a moment more
      else chmodSync(folder, 0o755);
      rmSync(folder, { recursive: true });
    },
  };
}
