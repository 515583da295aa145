/** A checkpoint could not be written; what was in its place before is unchanged. */
export class CheckpointWriteError extends Error {
  override readonly name = "CheckpointWriteError";

  constructor(
    /** "disk-full": the caller may free space and try again. */
    readonly kind: "disk-full" | "not-permitted" | "failed",
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

const reasons: Readonly<Record<string, Pick<CheckpointWriteError, "kind"> & { reason: string }>> = {
  ENOSPC: { kind: "disk-full", reason: "the disk is full; free some space" },
  EDQUOT: { kind: "disk-full", reason: "the disk quota is used up; free some space" },
  EFBIG: { kind: "disk-full", reason: "the limit on the size of a file is reached; raise it" },
  EACCES: { kind: "not-permitted", reason: "permission is denied; choose another folder" },
  EPERM: { kind: "not-permitted", reason: "permission is denied; choose another folder" },
  EROFS: { kind: "not-permitted", reason: "the disk is read-only; choose another folder" },
};

/** Names what the system refused; errors that are not the system's come back as they are. */
export function asWriteError(error: unknown, directory: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return error;
  const { kind, reason } = reasons[String(error.code)] ?? {
    kind: "failed" as const,
    reason: error.message,
  };
  return new CheckpointWriteError(
    kind,
    `Cannot write checkpoint ${directory}: ${reason} (${String(error.code)})`,
    error,
  );
}
