/** What VS Code gives a webview: messages to the extension, and state that survives reloads. */

interface VsCodeApi {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface EditorPage<Incoming, Outgoing, State extends object> {
  /** As it was left; {} the first time. Each field may be absent: it may be another version's. */
  readonly state: Partial<State>;
  keep(state: State): void;
  post(message: Outgoing): void;
  /** Messages of the extension, from now on. */
  listen(listener: (message: Incoming) => void): void;
}

/** Once a page. Big buffers are moved, not copied. */
export function editorPage<Incoming, Outgoing, State extends object>(): EditorPage<
  Incoming,
  Outgoing,
  State
> {
  const api = acquireVsCodeApi();
  const state = api.getState();
  return {
    state: typeof state === "object" && state !== null ? state : {},
    keep: (next) => {
      api.setState(next);
    },
    post: (message) => {
      api.postMessage(message);
    },
    listen: (listener) => {
      window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (typeof data === "object" && data !== null && "kind" in data) listener(data as Incoming);
      });
    },
  };
}
