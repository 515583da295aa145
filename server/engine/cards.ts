/** Several NVIDIA cards in one machine: which of them a process sees. */
import type { GraphicsCard } from "./tensorflow/graphics-card";

/** As a shell names variables. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What CUDA's libraries read when they are loaded, to compute on the card of this number: as nvidia-smi counts them,
 * or among those that the user lets programs see.
 */
export function cardEnvironment(
  card: number | undefined,
  { CUDA_VISIBLE_DEVICES: visible }: Environment,
): Record<string, string> {
  if (card === undefined) return {};
  if (visible !== undefined) return { CUDA_VISIBLE_DEVICES: visible.split(",")[card] ?? "-1" };
  // CUDA itself would have the fastest first.
  return { CUDA_DEVICE_ORDER: "PCI_BUS_ID", CUDA_VISIBLE_DEVICES: String(card) };
}

/** The one on which such a process computes; undefined where it has none, or one that is not named by its number. */
export function cardInSight(
  cards: readonly GraphicsCard[],
  { CUDA_VISIBLE_DEVICES: visible = "0" }: Environment,
): GraphicsCard | undefined {
  return cards[Number.parseInt(visible, 10)];
}

/** Why there is no card of this number; undefined where there is. */
export function whyNoCard(
  card: number,
  cards: readonly GraphicsCard[],
  { CUDA_VISIBLE_DEVICES: visible }: Environment,
): string | undefined {
  if (visible !== undefined)
    return card < visible.split(",").length
      ? undefined
      : `CUDA_VISIBLE_DEVICES=${visible} has no card of this number`;
  if (card < cards.length) return undefined;
  const there = cards.map(({ name }, index) => `cuda:${index} (${name})`);
  return `the driver knows ${there.length === 0 ? "no card" : there.join(" and ")}`;
}

/** How many cards a run may share its stages out to unasked: all, where they are equal and none is hidden; else one. */
export function equalCards(
  cards: readonly GraphicsCard[],
  { CUDA_VISIBLE_DEVICES: visible }: Environment,
): number {
  const [first] = cards;
  const areEqual = cards.every(
    ({ name, memoryBytes }) => name === first!.name && memoryBytes === first!.memoryBytes,
  );
  return visible === undefined && areEqual ? Math.max(1, cards.length) : 1;
}
