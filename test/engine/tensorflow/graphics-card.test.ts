import { expect, test } from "vitest";
import { parseCards } from "../../../server/engine/tensorflow/graphics-card";

test("parseCards() reads names and memory, and nothing else of what the driver says", () => {
  const said = "NVIDIA H100 80GB HBM3, 81559\nNVIDIA T4, 15360\r\n[N/A], [N/A]\n\n";
  expect(parseCards(said)).toEqual([
    { name: "NVIDIA H100 80GB HBM3", memoryBytes: 81559 * 2 ** 20 },
    { name: "NVIDIA T4", memoryBytes: 15360 * 2 ** 20 },
  ]);
  expect(parseCards("No devices were found\n")).toEqual([]);
});
