/**
 * The page's connection to the hub. It goes directly where it can, else through the extension host, and comes back
 * by itself; who follows a stage is told each time, and goes on from the cursors it holds.
 */
import {
  hubCloseCodes,
  type HubAddress,
  type HubFrame,
  type ViewerMessage,
} from "../../server/protocol/hub";
import { decodeFrame } from "../../server/protocol/hub-frames";
import type { RelayEvent, RelayRequest } from "../../server/protocol/relay";
import { directSocket, relaySocket, type RelaySocket, type Socket } from "./sockets";

/** "absent": no hub yet; "lost": comes back by itself; "refused": waits for another address. */
export type ConnectionState = "absent" | "connecting" | "live" | "lost" | "refused";

export interface ConnectionOptions {
  readonly post: (request: RelayRequest) => void;
  readonly onFrame: (frame: HubFrame) => void;
  /** On "live": say again what is followed. */
  readonly onState: (state: ConnectionState) => void;
}

/** Between attempts: doubles from the first to the last. */
const pausesMs = { first: 250, last: 8000 };

/** Whoever creates it disposes it. */
export class HubConnection {
  readonly #options: ConnectionOptions;
  #address: HubAddress | undefined;
  #socket: Socket | undefined;
  #relay: RelaySocket | undefined;
  /** "relay" once the direct way has failed: where the editor is remote, it always would. */
  #way: "direct" | "relay" = "direct";
  #attempt = 0;
  #pauseMs = pausesMs.first;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #state: ConnectionState = "absent";
  #reason: string | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Why there is no hub, where waiting will not help. */
  get reason(): string | undefined {
    return this.#reason;
  }

  handle(event: RelayEvent): void {
    if (event.kind !== "hub") {
      this.#relay?.handle(event);
      return;
    }
    this.#reason = event.reason;
    this.#moveTo(event.address);
  }

  /** Dropped where there is no connection: what counts is said again on "live". */
  send(message: ViewerMessage): void {
    if (this.#state === "live") this.#socket?.send(JSON.stringify(message));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#drop();
  }

  #moveTo(address: HubAddress | undefined): void {
    const same = address?.url === this.#address?.url && address?.token === this.#address?.token;
    if (same && address !== undefined && this.#state !== "refused" && this.#state !== "lost")
      return;
    clearTimeout(this.#timer);
    this.#drop();
    this.#address = address;
    this.#pauseMs = pausesMs.first;
    if (address === undefined) this.#enter("absent");
    else this.#connect(address);
  }

  #connect({ url, token }: HubAddress): void {
    if (this.#state !== "lost") this.#enter("connecting");
    const attempt = ++this.#attempt;
    const isCurrent = (): boolean => attempt === this.#attempt;
    const listener = {
      opened: () => {
        const hello: ViewerMessage = { version: 1, kind: "hello", token };
        if (isCurrent()) this.#socket?.send(JSON.stringify(hello));
      },
      received: (data: string | ArrayBuffer) => {
        if (isCurrent()) this.#received(data);
      },
      closed: (end: { readonly code: number; readonly wasOpen: boolean }) => {
        if (isCurrent()) this.#closed(end);
      },
    };
    if (this.#way === "direct") {
      this.#socket = directSocket(url, listener);
    } else {
      this.#relay = relaySocket(attempt, this.#options.post, listener);
      this.#socket = this.#relay;
    }
  }

  #received(data: string | ArrayBuffer): void {
    const frame = decodeFrame(data);
    if (frame.kind === "welcome") {
      this.#pauseMs = pausesMs.first;
      this.#enter("live");
    } else this.#options.onFrame(frame);
  }

  #closed({ code, wasOpen }: { readonly code: number; readonly wasOpen: boolean }): void {
    this.#drop();
    if (code === hubCloseCodes.badToken || code === hubCloseCodes.badMessage) {
      this.#enter("refused");
      return;
    }
    const other = !wasOpen && this.#way === "direct";
    if (other) this.#way = "relay";
    if (this.#state !== "connecting" || !other) this.#enter("lost");
    this.#timer = setTimeout(
      () => {
        if (this.#address !== undefined) this.#connect(this.#address);
      },
      other ? 0 : this.#pauseMs,
    );
    if (!other) this.#pauseMs = Math.min(2 * this.#pauseMs, pausesMs.last);
  }

  #drop(): void {
    this.#attempt++;
    this.#socket?.close();
    this.#socket = undefined;
    this.#relay = undefined;
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
