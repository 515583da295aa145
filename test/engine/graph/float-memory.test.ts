import { expect, test } from "vitest";
import { allocateFloats } from "../../../server/engine/graph/lanes/float-memory";

test.each([10, 100_000])("%i floats are zero, also where others have just been freed", (count) => {
  for (let round = 0; round < 5; round++) {
    const memory = allocateFloats(count);
    expect(memory.values.length).toBe(count);
    expect(memory.values.every((value) => value === 0)).toBe(true);
    memory.values.fill(NaN);
    memory.free();
  }
});
