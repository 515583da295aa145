/** A viewer as the dashboard is one: it keeps what the hub sends, and goes on from its cursors. */
import { WebSocket } from "ws";
import type { HubAddress, HubFrame, StreamName, ViewerMessage } from "../../server/protocol/hub";
import { decodeFrame } from "../../server/protocol/hub-frames";
import type { LogRecord } from "../../server/protocol/metrics";

export interface Kept {
  /** Steps of the step records, in the order of the log. */
  steps: number[];
  others: Exclude<LogRecord, { readonly loss: number }>[];
  /** Records, of both kinds. */
  count: number;
  /** By the count at which a frame ended: steps and others until there. */
  seams: Map<number, readonly [steps: number, others: number]>;
  cursor?: string;
}

export class Viewer {
  readonly frames: HubFrame[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly socket: WebSocket,
    readonly kept: Kept,
  ) {
    socket.on("message", (data: Buffer, isBinary) => {
      this.keep(decodeFrame(isBinary ? new Uint8Array(data).buffer : data.toString("utf8")));
    });
  }

  /** Answers once the hub has let it in. */
  static async connect(
    { url, token }: HubAddress,
    kept: Kept = { steps: [], others: [], count: 0, seams: new Map([[0, [0, 0]]]) },
  ): Promise<Viewer> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const viewer = new Viewer(socket, kept);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    viewer.send({ version: 1, kind: "hello", token });
    await viewer.until(() => viewer.frames.some(({ kind }) => kind === "welcome"));
    return viewer;
  }

  send(message: ViewerMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  /** From where it was. */
  follow(stream: StreamName): void {
    const { cursor } = this.kept;
    this.send({ kind: "follow", ...stream, ...(cursor !== undefined && { cursor }) });
  }

  /** Looks again after each frame. */
  async until(isSo: () => boolean, withinMs = 200_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!isSo()) {
      if (Date.now() > deadline) throw new Error("Cannot wait any longer for the hub");
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  of<Kind extends HubFrame["kind"]>(kind: Kind): Extract<HubFrame, { readonly kind: Kind }>[] {
    return this.frames.filter(
      (frame): frame is Extract<HubFrame, { readonly kind: Kind }> => frame.kind === kind,
    );
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.socket.once("close", resolve));
    this.socket.close();
    await closed;
  }

  private keep(frame: HubFrame): void {
    this.frames.push(frame);
    if (frame.kind === "records") {
      if (frame.first !== this.kept.count) this.cut(frame.first);
      this.kept.steps.push(...frame.steps.step);
      this.kept.others.push(...frame.others);
      this.kept.count = frame.first + frame.count;
      this.kept.cursor = frame.cursor;
      this.kept.seams.set(this.kept.count, [this.kept.steps.length, this.kept.others.length]);
    }
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }

  private cut(first: number): void {
    const seam = this.kept.seams.get(first);
    if (seam === undefined) throw new Error(`Cannot keep record ${first}: no frame ended there`);
    [this.kept.steps.length, this.kept.others.length] = seam;
  }
}
