/** A checkpoint could not be written; what was in its place before is unchanged. */
import { isDiskFull, systemReason } from "../files/system-reason";

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

const notPermitted = ["EACCES", "EPERM", "EROFS"];

/** Names what the system refused; errors that are not the system's come back as they are. */
export function asWriteError(error: unknown, directory: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return error;
  const code = String(error.code);
  const reason = systemReason(error, "write") ?? `${error.message} (${code})`;
  const kind = isDiskFull(error)
    ? "disk-full"
    : notPermitted.includes(code)
      ? "not-permitted"
      : "failed";
  return new CheckpointWriteError(kind, `Cannot write checkpoint ${directory}: ${reason}`, error);
}
