/** Apart from the hub's frames, which webviews know too: they get the address from the extension. */
import { RequestType } from "vscode-jsonrpc";
import type { HubAddress } from "./hub";

/** extension → server. Where live metrics are; ask again after the server was restarted. */
export const findHub = new RequestType<void, HubAddress, void>("deepFusion/runs/hub");
