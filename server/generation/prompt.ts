/** Prompts with sentinels, <extra_id_0> and so on, and what the model says belongs in their places. */
import type { Tokenizer } from "../data/tokenizer";
import type { PromptPiece } from "../protocol/generation";

const sentinelPattern = /<extra_id_(\d+)>/g;

/**
 * Token ids, end of sequence included.
 * @throws {RangeError} a sentinel that the tokenizer does not have
 */
export function encodePrompt(prompt: string, tokenizer: Tokenizer): number[] {
  const ids: number[] = [];
  for (const piece of piecesOf(prompt)) {
    if (typeof piece === "string") ids.push(...tokenizer.encode(piece));
    else ids.push(sentinelId(piece.sentinel, tokenizer));
  }
  return [...ids, tokenizer.eosId];
}

function sentinelId(index: number, tokenizer: Tokenizer): number {
  const { sentinels } = tokenizer;
  if (index < sentinels) return tokenizer.sentinel(index);
  const known = sentinels === 0 ? "has none" : `has <extra_id_0> to <extra_id_${sentinels - 1}>`;
  throw new RangeError(`Cannot use <extra_id_${index}> in a prompt: the tokenizer ${known}`);
}

/** What was generated, as text; its end and padding are not shown, sentinels are. */
export function decodeTokens(tokens: readonly number[], tokenizer: Tokenizer): string {
  const { eosId, padId } = tokenizer;
  return tokenizer.decode(tokens.filter((id) => id !== eosId && id !== padId));
}

/**
 * The prompt with each sentinel replaced by what the model gave for it; undefined where the prompt has none. A
 * sentinel that the model has left out stays. Where both have a space at the border, one is left.
 */
export function fillPrompt(prompt: string, generated: string): PromptPiece[] | undefined {
  const pieces = piecesOf(prompt);
  if (pieces.every((piece) => typeof piece === "string")) return undefined;
  const spans = spansOf(generated);
  let before = "";
  return pieces.map((piece) => {
    const filled = filledPiece(piece, spans);
    const doubled = /\s$/.test(before) && /^\s/.test(filled.text);
    const text = doubled ? filled.text.slice(1) : filled.text;
    before = text === "" ? before : text;
    return { ...filled, text };
  });
}

function filledPiece(piece: string | Sentinel, spans: ReadonlyMap<number, string>): PromptPiece {
  if (typeof piece === "string") return { kind: "prompt", text: piece };
  const span = spans.get(piece.sentinel);
  return span === undefined ? { kind: "left", text: piece.text } : { kind: "filled", text: span };
}

interface Sentinel {
  readonly sentinel: number;
  readonly text: string;
}

function piecesOf(text: string): (string | Sentinel)[] {
  const pieces: (string | Sentinel)[] = [];
  let end = 0;
  for (const match of text.matchAll(sentinelPattern)) {
    if (match.index > end) pieces.push(text.slice(end, match.index));
    pieces.push({ sentinel: Number(match[1]), text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}

/** The text behind each sentinel, up to the next; the first where one comes twice. */
function spansOf(generated: string): ReadonlyMap<number, string> {
  const spans = new Map<number, string>();
  const pieces = piecesOf(generated);
  pieces.forEach((piece, i) => {
    if (typeof piece === "string" || spans.has(piece.sentinel)) return;
    const next = pieces[i + 1];
    spans.set(piece.sentinel, typeof next === "string" ? next : "");
  });
  return spans;
}
