import { expect, test } from "vitest";
import { cardEnvironment, cardInSight, equalCards, whyNoCard } from "../../server/engine/cards";

const large = { name: "NVIDIA H100", memoryBytes: 80e9 };
const small = { name: "NVIDIA T4", memoryBytes: 16e9 };
const hiding = { CUDA_VISIBLE_DEVICES: "2,GPU-8932f937" };

test("cardEnvironment() shows a process one card, by nvidia-smi's number", () => {
  expect(cardEnvironment(undefined, {})).toEqual({});
  expect(cardEnvironment(1, {})).toEqual({
    CUDA_DEVICE_ORDER: "PCI_BUS_ID",
    CUDA_VISIBLE_DEVICES: "1",
  });
});

test("cardEnvironment() counts those that the user lets programs see", () => {
  expect(cardEnvironment(1, hiding)).toEqual({ CUDA_VISIBLE_DEVICES: "GPU-8932f937" });
  expect(cardEnvironment(2, hiding)).toEqual({ CUDA_VISIBLE_DEVICES: "-1" });
});

test("cardInSight() is the first that is shown, where its number says which that is", () => {
  const cards = [large, small];
  expect(cardInSight(cards, {})).toBe(large);
  expect(cardInSight(cards, cardEnvironment(1, {}))).toBe(small);
  expect(cardInSight(cards, { CUDA_VISIBLE_DEVICES: "1,0" })).toBe(small);
  expect(cardInSight(cards, { CUDA_VISIBLE_DEVICES: "GPU-8932f937" })).toBeUndefined();
  expect(cardInSight(cards, { CUDA_VISIBLE_DEVICES: "-1" })).toBeUndefined();
  expect(cardInSight(cards, { CUDA_VISIBLE_DEVICES: "" })).toBeUndefined();
  expect(cardInSight([], {})).toBeUndefined();
});

test("whyNoCard() says which cards there are", () => {
  expect(whyNoCard(1, [large, small], {})).toBeUndefined();
  expect(whyNoCard(2, [large, small], {})).toBe(
    "the driver knows cuda:0 (NVIDIA H100) and cuda:1 (NVIDIA T4)",
  );
  expect(whyNoCard(1, [], {})).toBe("the driver knows no card");
  expect(whyNoCard(1, [large], hiding)).toBeUndefined();
  expect(whyNoCard(2, [large], hiding)).toBe(
    "CUDA_VISIBLE_DEVICES=2,GPU-8932f937 has no card of this number",
  );
});

test("equalCards() counts cards that differ in nothing, and that the user has not chosen from", () => {
  expect(equalCards([], {})).toBe(1);
  expect(equalCards([large], {})).toBe(1);
  expect(equalCards([large, { ...large }], {})).toBe(2);
  expect(equalCards([large, { ...large, memoryBytes: 40e9 }], {})).toBe(1);
  expect(equalCards([large, small], {})).toBe(1);
  expect(equalCards([large, { ...large }], hiding)).toBe(1);
});
