/** A checkpoint from the Hugging Face Hub into its cache, as the editor asks. */
import {
  fetchHubCheckpoint,
  openHubCheckpoint,
  openHubHeaders,
} from "../hugging-face/hub-checkpoint";
import { meantModel } from "../hugging-face/reference";
import { Transfer } from "../hugging-face/transfer";
import type { Work } from "./work";

const sayEveryMs = 250;

/**
 * Its folder. What is no checkpoint that can be used is refused before a weight is fetched.
 * @throws {SyntaxError} `text` names nothing on the Hub
 * @throws {HubError} it cannot be had
 */
export async function fetchCheckpoint(
  text: string,
  { hub, signal, onProgress }: Work,
): Promise<string> {
  const checkpoint = await openHubCheckpoint(meantModel(text), { hub: hub(), signal });
  const judged = await openHubHeaders(checkpoint, signal);
  await judged.close();
  const transfer = new Transfer(() => performance.now());
  let saidAt = -Infinity;
  return fetchHubCheckpoint(checkpoint, {
    signal,
    onProgress: ({ done, of }) => {
      if (performance.now() - saidAt < sayEveryMs) return;
      saidAt = performance.now();
      onProgress(transfer.describe(done, of), 0, 1);
    },
  });
}
