/**
 * Threefry-2x32 with 20 rounds: a counter-based generator. The same key and counter give the same bits on every
 * machine, in any order and any chunking, so that weights, fills and shuffles need no stored state.
 *
 * Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
 */

/** Two 32-bit words that choose an independent stream. */
export interface Key {
  readonly low: number;
  readonly high: number;
}

export const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** The stream called `name` under a seed; streams of different names are independent. */
export function streamKey(seed: number, name: string): Key {
  let hash = 0x811c9dc5; // FNV-1a
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return { low: seed >>> 0, high: (hash ^ Math.floor(seed / 2 ** 32)) >>> 0 };
}

/** Writes the two 32-bit words of block `counter` (0 <= counter < 2^53) into `out`. */
export function threefry(key: Key, counter: number, out: Uint32Array): void {
  const keys = [key.low, key.high, 0x1bd11bda ^ key.low ^ key.high] as const;
  let x = ((counter >>> 0) + keys[0]) | 0;
  let y = (Math.floor(counter / 2 ** 32) + keys[1]) | 0;
  for (let round = 0; round < 20; round++) {
    const rotation = rotations[round % 8]!;
    x = (x + y) | 0;
    y = ((y << rotation) | (y >>> (32 - rotation))) ^ x;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x = (x + keys[injection % 3]!) | 0;
      y = (y + keys[(injection + 1) % 3]! + injection) | 0;
    }
  }
  out[0] = x;
  out[1] = y;
}
