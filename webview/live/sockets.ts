/** One connection to the hub, directly or through the extension host: the same to whoever uses it. */
import type { RelayEvent, RelayRequest } from "../../server/protocol/relay";

export interface SocketListener {
  opened(): void;
  received(data: string | ArrayBuffer): void;
  /** Once; nothing follows. `opened`: whether it had been open. */
  closed(end: { readonly code: number; readonly wasOpen: boolean }): void;
}

/** Whoever opens it closes it; after that its listener hears nothing more. */
export interface Socket {
  send(text: string): void;
  close(): void;
}

/** How long a direct connection may take before the other way is tried. */
const patienceMs = 2000;

export function directSocket(url: string, listener: SocketListener): Socket {
  let socket: WebSocket;
  try {
    socket = new WebSocket(url);
  } catch {
    // The page may not connect there at all.
    queueMicrotask(() => {
      listener.closed({ code: 1006, wasOpen: false });
    });
    return { send: () => undefined, close: () => undefined };
  }
  socket.binaryType = "arraybuffer";
  let wasOpen = false;
  let over = false;
  const end = (code: number): void => {
    clearTimeout(timer);
    if (over) return;
    over = true;
    socket.close();
    listener.closed({ code, wasOpen });
  };
  const timer = setTimeout(() => {
    end(1006);
  }, patienceMs);
  socket.addEventListener("open", () => {
    clearTimeout(timer);
    wasOpen = true;
    if (!over) listener.opened();
  });
  socket.addEventListener("message", ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (!over) listener.received(data);
  });
  socket.addEventListener("close", ({ code }) => {
    end(code);
  });
  return {
    send: (text) => {
      socket.send(text);
    },
    close: () => {
      over = true;
      clearTimeout(timer);
      socket.close();
    },
  };
}

export interface RelaySocket extends Socket {
  /** Messages of the extension; those of another attempt are passed over. */
  handle(event: RelayEvent): void;
}

export function relaySocket(
  attempt: number,
  post: (request: RelayRequest) => void,
  listener: SocketListener,
): RelaySocket {
  let wasOpen = false;
  let over = false;
  post({ kind: "relay-open", attempt });
  return {
    send: (text) => {
      post({ kind: "relay-send", attempt, text });
    },
    close: () => {
      if (!over) post({ kind: "relay-close", attempt });
      over = true;
    },
    handle: (event) => {
      if (over || event.kind === "hub" || event.attempt !== attempt) return;
      switch (event.kind) {
        case "relay-opened":
          wasOpen = true;
          listener.opened();
          break;
        case "relay-data":
          listener.received(event.data);
          break;
        case "relay-closed":
          over = true;
          listener.closed({ code: event.code, wasOpen });
          break;
        default:
          event satisfies never;
      }
    },
  };
}
