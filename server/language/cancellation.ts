/** Requests that the editor takes back before their turn are not worked on. */
import { Message } from "vscode-jsonrpc";
import type { ResponseMessage } from "vscode-jsonrpc";
import { LSPErrorCodes } from "vscode-languageserver";
import type { ConnectionStrategy } from "vscode-languageserver";

export const dropCancelled: ConnectionStrategy = {
  cancelUndispatched: (message): ResponseMessage | undefined => {
    if (!Message.isRequest(message)) return undefined;
    const error = { code: LSPErrorCodes.RequestCancelled, message: "The request was cancelled" };
    return { jsonrpc: "2.0", id: message.id, error };
  },
};
