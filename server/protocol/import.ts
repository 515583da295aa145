/** Checkpoints from the Hugging Face Hub. */
import { RequestType } from "vscode-jsonrpc";

export interface FetchCheckpointParams {
  /** As the user wrote it: "owner/name", a reference "hf://owner/name@revision", or a web address. */
  readonly text: string;
  /** Names the job in `jobProgress`. */
  readonly job: string;
}

/**
 * extension → server. Answers with the checkpoint's folder in the Hub's cache, once all of it is there. What came
 * before it was cancelled stays, and the next request goes on from there.
 */
export const fetchCheckpointRequest = new RequestType<FetchCheckpointParams, string, void>(
  "deepFusion/import/fetch",
);
