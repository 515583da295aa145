/**
 * npm run fuzz [-- COUNT [SEED]]: mutated safetensors headers, in batches that each can be repeated by its seed. Fails
 * where the parser crashes, accepts a wrong layout, takes a second for one header, or holds too much memory.
 */
import { fuzzHeaders } from "../checkpoint/support/fuzz-headers";

const batch = 10_000;
const limits = { ms: 1000, mebibytes: 256 };
const [count = 1_000_000, firstSeed = 1] = process.argv.slice(2).map(Number);

const totals = { accepted: 0, refused: 0, slowestMs: 0 };
const startMs = performance.now();
try {
  for (let done = 0; done < count; done += batch) {
    const seed = firstSeed + done / batch;
    addBatch(Math.min(batch, count - done), seed);
    const isTenth = (done / batch) % 10 === 9 || done + batch >= count;
    if (isTenth) process.stderr.write(`${line(Math.min(done + batch, count))}\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function addBatch(size: number, seed: number): void {
  try {
    const { accepted, refused, slowestMs } = fuzzHeaders(size, seed);
    totals.accepted += accepted;
    totals.refused += refused;
    totals.slowestMs = Math.max(totals.slowestMs, slowestMs);
    if (slowestMs >= limits.ms) throw new Error(`one takes ${Math.round(slowestMs)} ms`);
    const peak = peakMebibytes();
    if (peak >= limits.mebibytes) throw new Error(`the process holds ${peak} MiB`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}; again: npm run fuzz -- ${size} ${seed}`, { cause: error });
  }
}

function line(done: number): string {
  const { accepted, refused, slowestMs } = totals;
  const seconds = Math.round((performance.now() - startMs) / 1000);
  return (
    `${done.toLocaleString("en")} headers in ${seconds} s: ${accepted.toLocaleString("en")} accepted, ` +
    `${refused.toLocaleString("en")} refused; slowest ${slowestMs.toFixed(1)} ms, peak ${peakMebibytes()} MiB`
  );
}

function peakMebibytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
