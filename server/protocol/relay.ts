/**
 * A webview's way to the hub: by WebSocket where it can reach it, else through the extension host, which holds the
 * socket and passes everything on as it is. Each attempt has a number, so that what arrives late is told apart.
 */
import type { HubAddress } from "./hub";

/** extension → webview. */
export type RelayEvent =
  /** Once after "ready" and whenever the server was restarted; undefined: there is no hub at the moment. */
  | {
      readonly kind: "hub";
      readonly address: HubAddress | undefined;
      /** Why there is none, in words for the user, where waiting will not help. */
      readonly reason?: string;
    }
  | { readonly kind: "relay-opened"; readonly attempt: number }
  /** One message of the hub: text as a string, binary as an ArrayBuffer. */
  | { readonly kind: "relay-data"; readonly attempt: number; readonly data: string | ArrayBuffer }
  /** The socket's close code; 1006 where it could not be opened. */
  | { readonly kind: "relay-closed"; readonly attempt: number; readonly code: number };

/** webview → extension. A new "relay-open" ends the one before. */
export type RelayRequest =
  | { readonly kind: "relay-open"; readonly attempt: number }
  | { readonly kind: "relay-send"; readonly attempt: number; readonly text: string }
  | { readonly kind: "relay-close"; readonly attempt: number };

export function isRelayEvent(message: { readonly kind: string }): message is RelayEvent {
  return message.kind === "hub" || message.kind.startsWith("relay-");
}
