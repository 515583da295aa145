/** What can go wrong between here and the Hub, said to the user in words. */

export type HubFault =
  /** No such repository, revision or file, or none that this user may know of. */
  | "not-found"
  /** Gated, private, or a token that is refused. */
  | "denied"
  /** HF_HUB_OFFLINE is set, and what is wanted is not in the cache. */
  | "offline"
  /** Nobody answered, or the connection broke, however often it was tried. */
  | "unreachable"
  /** The Hub answered with something else than it should. */
  | "unusable"
  /** What arrived is not what was announced. */
  | "damaged"
  /** The cache cannot be written, or has no room. */
  | "disk";

export class HubError extends Error {
  constructor(
    readonly kind: HubFault,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = "HubError";
  }
}

/** Of a single try, which may succeed when it is made again. */
export class PassingError extends HubError {
  /** Nobody was reached at all. */
  readonly unanswered: boolean;

  constructor(
    kind: HubFault,
    message: string,
    /** What the Hub asks for; undefined: as long as seems right. */
    readonly waitMs: number | undefined,
    options: { readonly cause?: unknown; readonly unanswered?: boolean } = {},
  ) {
    super(kind, message, options);
    this.unanswered = options.unanswered ?? false;
  }
}
