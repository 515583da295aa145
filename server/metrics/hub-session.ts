/**
 * One viewer on its socket. While a frame leaves for the system the next one is read, and no more: so a slow viewer
 * holds two frames in memory, gets every record in its own time, and of run states only the newest.
 */
import { type RawData, WebSocket } from "ws";
import {
  type HeatMapRequest,
  hubCloseCodes,
  type SentFrame,
  type StreamName,
} from "../protocol/hub";
import { encodeFrame } from "../protocol/hub-frames";
import type { RunStatus } from "../protocol/runs";
import type { ColumnsMaker } from "./columns-maker";
import { isToken } from "./hub-admission";
import { heatMapFrame, HubStream, type StreamFiles } from "./hub-stream";
import { parseViewerMessage } from "./viewer-message";

/** What the hub shows; the run service is one. */
export interface HubSource {
  runs(): readonly RunStatus[];
  /** Undefined where there is no such stage of a known run. */
  files(stream: StreamName): StreamFiles | undefined;
  /** For long logs without columns. */
  readonly maker?: ColumnsMaker | undefined;
}

export interface HubSessionOptions {
  readonly socket: WebSocket;
  readonly token: string;
  readonly source: HubSource;
  readonly helloMs: number;
}

const mostStreams = 256;
const mostRequests = 256;

export class HubSession {
  private isKnown = false;
  private isPumping = false;
  /** Something came while it pumped, perhaps behind its back. */
  private pumpAgain = false;
  private runsChanged = true;
  private readonly streams = new Map<string, HubStream>();
  private readonly requests: HeatMapRequest[] = [];
  private readonly answers: SentFrame[] = [];
  private readonly helloTimer: NodeJS.Timeout;

  constructor(private readonly options: HubSessionOptions) {
    const { socket, helloMs } = options;
    this.helloTimer = setTimeout(() => {
      this.refuse("badToken", "no hello");
    }, helloMs);
    socket.on("message", (data, isBinary) => {
      this.receive(data, isBinary);
    });
    // An unmasked, oversized or torn frame: ws has closed the socket already.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.close();
    });
  }

  /** There are other runs, or they have changed. */
  showRuns(): void {
    this.runsChanged = true;
    void this.pump();
  }

  private close(): void {
    clearTimeout(this.helloTimer);
    for (const stream of this.streams.values()) stream.close();
    this.streams.clear();
    this.requests.length = 0;
  }

  private receive(data: RawData, isBinary: boolean): void {
    try {
      if (isBinary) throw new SyntaxError("Cannot serve the message: it is binary");
      this.serve((data as Buffer).toString("utf8"));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.refuse("badMessage", error.message);
    }
  }

  private serve(text: string): void {
    const message = parseViewerMessage(text);
    if (message.kind === "hello") {
      this.hello(message.token);
      return;
    }
    if (!this.isKnown) {
      this.refuse("badToken", "no hello");
      return;
    }
    const key = JSON.stringify([message.run, message.stage]);
    switch (message.kind) {
      case "follow":
        this.unfollow(key);
        this.follow(key, message);
        break;
      case "unfollow":
        this.unfollow(key);
        return;
      case "heat-map":
        if (this.requests.length < mostRequests) this.requests.push(message);
        else this.answer(`Cannot send more than ${mostRequests} heat maps at once`);
    }
    void this.pump();
  }

  private hello(token: string): void {
    if (!isToken(token, this.options.token)) {
      this.refuse("badToken", "wrong token");
      return;
    }
    clearTimeout(this.helloTimer);
    this.isKnown = true;
    this.answers.push({ kind: "welcome", version: 1 });
    void this.pump();
  }

  private follow(key: string, follow: ConstructorParameters<typeof HubStream>[0]["follow"]): void {
    const { source } = this.options;
    const files = source.files(follow);
    if (files === undefined) {
      this.answer(`Cannot follow ${follow.stage} in ${follow.run}: there is no such run or stage`);
    } else if (this.streams.size >= mostStreams) {
      this.answer(`Cannot follow ${follow.stage}: a viewer follows ${mostStreams} stages at most`);
    } else {
      const onChange = () => void this.pump();
      this.streams.set(key, new HubStream({ follow, files, maker: source.maker, onChange }));
    }
  }

  private unfollow(key: string): void {
    this.streams.get(key)?.close();
    this.streams.delete(key);
  }

  private answer(message: string): void {
    this.answers.push({ kind: "refused", message });
  }

  private refuse(code: keyof typeof hubCloseCodes, reason: string): void {
    // A close frame holds 123 bytes of reason.
    this.options.socket.close(hubCloseCodes[code], reason.replace(/[^ -~]/g, "?").slice(0, 120));
  }

  /** Sends until there is nothing to send; one at a time. */
  private async pump(): Promise<void> {
    this.pumpAgain = true;
    if (this.isPumping || !this.isKnown) return;
    this.isPumping = true;
    try {
      while (this.pumpAgain) {
        this.pumpAgain = false;
        let left = Promise.resolve();
        for (let frame = await this.next(); frame !== undefined; frame = await this.next()) {
          await left;
          left = this.send(frame);
        }
        await left;
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.options.socket.close(1011, reason.replace(/[^ -~]/g, "?").slice(0, 120));
    } finally {
      this.isPumping = false;
    }
  }

  private async next(): Promise<SentFrame | undefined> {
    const { socket, source } = this.options;
    if (socket.readyState !== WebSocket.OPEN) return undefined;
    const answer = this.answers.shift();
    if (answer !== undefined) return answer;
    if (this.runsChanged) {
      this.runsChanged = false;
      return { kind: "runs", runs: source.runs() };
    }
    return (await this.requested()) ?? (await this.streamed());
  }

  private async requested(): Promise<SentFrame | undefined> {
    const request = this.requests.shift();
    if (request === undefined) return undefined;
    const files = this.options.source.files(request);
    const { run, stage } = request;
    const frame = files && (await heatMapFrame({ run, stage }, files, request));
    const gone = `Cannot show ${request.kernel} at step ${request.step}: it is no longer recorded`;
    return frame ?? { kind: "refused", message: gone };
  }

  /** Each stream in its turn. */
  private async streamed(): Promise<SentFrame | undefined> {
    for (const [key, stream] of [...this.streams]) {
      const frame = await stream.next();
      if (this.streams.get(key) !== stream) continue; // followed anew, or no more, meanwhile
      if (frame === undefined) continue;
      this.streams.delete(key);
      this.streams.set(key, stream);
      return frame;
    }
    return undefined;
  }

  /** Settles once the frame has left for the system, or the socket is closed. */
  private send(frame: SentFrame): Promise<void> {
    return new Promise((resolve) => {
      this.options.socket.send(encodeFrame(frame), () => {
        resolve();
      });
    });
  }
}
