/** A webview's way to the hub through the extension host: one socket at a time, everything passed on as it is. */
import type * as vscode from "vscode";
import { WebSocket } from "ws";
import { findHub } from "../../server/protocol/find-hub";
import type { HubAddress } from "../../server/protocol/hub";
import type { RelayEvent, RelayRequest } from "../../server/protocol/relay";
import type { ServerClient } from "../client";
import { messageOf } from "../guard";

export class HubRelay {
  private socket: WebSocket | undefined;
  private readonly restarted: vscode.Disposable;
  private listening = false;

  constructor(
    private readonly client: ServerClient,
    private readonly post: (event: RelayEvent) => void,
  ) {
    this.restarted = client.onDidChangeState((state) => {
      if (!this.listening) return;
      if (state === "running") void this.announce();
      else this.post({ kind: "hub", address: undefined });
    });
  }

  /** The page listens from now on. */
  async announce(): Promise<void> {
    this.listening = true;
    try {
      this.post({ kind: "hub", address: await this.client.request(findHub, undefined) });
    } catch (error) {
      this.post({ kind: "hub", address: undefined, reason: messageOf(error) });
    }
  }

  async handle(request: RelayRequest): Promise<void> {
    switch (request.kind) {
      case "relay-open":
        await this.open(request.attempt);
        return;
      case "relay-send":
        if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(request.text);
        return;
      case "relay-close":
        this.drop();
        return;
    }
  }

  dispose(): void {
    this.restarted.dispose();
    this.drop();
  }

  private async address(): Promise<HubAddress | undefined> {
    return this.client.request(findHub, undefined).catch(() => undefined);
  }

  private async open(attempt: number): Promise<void> {
    this.drop();
    const address = await this.address();
    if (address === undefined) {
      this.post({ kind: "relay-closed", attempt, code: 1006 });
      return;
    }
    const socket = new WebSocket(address.url, { perMessageDeflate: false });
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.post({ kind: "relay-opened", attempt });
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string" || data instanceof ArrayBuffer) {
        this.post({ kind: "relay-data", attempt, data });
      }
    };
    socket.onclose = ({ code }) => {
      this.post({ kind: "relay-closed", attempt, code });
    };
    // "close" follows, with the code.
    socket.onerror = () => undefined;
  }

  private drop(): void {
    if (this.socket === undefined) return;
    this.socket.onclose = null;
    this.socket.onmessage = null;
    this.socket.close();
    this.socket = undefined;
  }
}

export function isRelayRequest(message: { readonly kind: string }): message is RelayRequest {
  return message.kind.startsWith("relay-");
}
