/** Why the operating system refused, in words and with its code. */

const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not; change its permissions",
  EPERM: "this user may not; change its permissions",
  EROFS: "the file system can only be read; choose a folder elsewhere",
  ENOENT: "it is not there, or is gone since",
  ENOTDIR: "a part of its path is a file",
  EISDIR: "it is a folder",
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is used up; free some space",
  EFBIG: "the file would be larger than is allowed here",
  EMFILE: "too many files are open; raise the limit (ulimit -n)",
  EIO: "the disk reports an error",
};

const reasonsToWrite: typeof reasons = {
  ...reasons,
  ENOENT: "its folder is not there; make it first, or name another",
  EISDIR: "it is a folder; name a file in it",
};

/** Undefined for an error that is not the system's, or of a code that nobody has put in words. */
export function systemReason(error: unknown, doing: "read" | "write" = "read"): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return;
  const { code } = error;
  const known = doing === "read" ? reasons : reasonsToWrite;
  return Object.hasOwn(known, code) ? `${known[code]!} (${code})` : undefined;
}
