/** Why the operating system refused, in words, with what to do and its code. */

const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not; change its permissions",
  EPERM: "this user may not; change its permissions",
  EROFS: "the file system can only be read; choose a folder elsewhere",
  ENOENT: "it is not there, or is gone since",
  ENOTDIR: "a part of its path is a file",
  EISDIR: "it is a folder",
  EEXIST: "it is there already; remove it, or choose another name",
  ENAMETOOLONG: "its name is too long; choose a shorter one",
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is used up; free some space",
  EFBIG: "the limit on the size of a file is reached; raise it (ulimit -f)",
  EMFILE: "too many files are open; raise the limit (ulimit -n)",
  EIO: "the disk reports an error; check it",
};

const reasonsToWrite: typeof reasons = {
  ...reasons,
  ENOENT: "its folder is not there; make it first, or name another",
  EISDIR: "it is a folder; name a file in it",
};

/** For the user: the message of an error of our own, or which path the system refused, and why. */
export function failureMessage(error: unknown): string {
  return systemRefusal(error) ?? (error instanceof Error ? error.message : String(error));
}

/** Undefined for an error that is not the system's. */
export function systemRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("path" in error) || typeof error.path !== "string") return;
  const reason = systemReason(error);
  return reason === undefined ? undefined : `Cannot use ${error.path}: ${reason}`;
}

const fullCodes = ["ENOSPC", "EDQUOT", "EFBIG"];

/** Undefined for an error that is not the system's, or of a code that nobody has put in words. */
export function systemReason(error: unknown, doing: "read" | "write" = "read"): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return;
  const { code } = error;
  const known = doing === "read" ? reasons : reasonsToWrite;
  return Object.hasOwn(known, code) ? `${known[code]!} (${code})` : undefined;
}

/** As systemReason(); the error's own message where nobody has put it in words. */
export function reasonOf(error: unknown, doing: "read" | "write" = "read"): string {
  return systemReason(error, doing) ?? (error instanceof Error ? error.message : String(error));
}

/** Whether the error, or what caused it, says that nothing more fits: no space, no quota, or a limit on the file's size. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : undefined;
  return (typeof code === "string" && fullCodes.includes(code)) || isDiskFull(error.cause);
}
