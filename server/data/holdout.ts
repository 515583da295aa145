/** Which documents are held out: a property of their content alone, whatever file, order or seed brought them. */
import { createHash } from "node:crypto";
import type { Document } from "./documents";

/** Whether the first 48 bits of the content's SHA-256, as a fraction, lie below `holdout`. */
export function isHeldOut(document: Pick<Document, "text">, holdout: number): boolean {
  if (holdout <= 0) return false;
  const digest = createHash("sha256").update(document.text).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48 < holdout;
}
