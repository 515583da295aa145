/**
 * Beam search: of all continuations of the running sequences the most probable go on; those that end are kept aside
 * and compared by log-probability / length^penalty. The rules of when to stop are those of transformers' default, so
 * that both find the same texts: it goes on while the best running sequence, at the length that it has, scores better
 * than the worst kept one.
 */
import type { GeneratedTokens } from "./generated-tokens";

export interface BeamOptions {
  readonly beams: number;
  readonly lengthPenalty: number;
  readonly steps: number;
  readonly eos: number;
}

interface Candidate extends GeneratedTokens {
  /** The beam that it continues. */
  readonly from: number;
}

interface Finished extends GeneratedTokens {
  readonly score: number;
}

/** Holds the beams; the caller runs the model between two calls of advance(). */
export class BeamSearch {
  private running: readonly Candidate[];
  private finished: readonly Finished[] = [];
  private improvable = true;

  constructor(private readonly options: BeamOptions) {
    this.running = [{ tokens: [], logProbability: 0, from: 0 }];
  }

  get done(): boolean {
    return !this.improvable || this.running.length === 0;
  }

  /** For each beam, the one of the step before that it continues; a beam that died repeats the first. */
  get from(): readonly number[] {
    return this.perBeam(({ from }) => from);
  }

  /** For each beam, its latest token. */
  get latest(): readonly number[] {
    return this.perBeam(({ tokens }) => tokens.at(-1)!);
  }

  /** Tokens of the most probable running sequence. */
  get best(): readonly number[] {
    return this.running[0]?.tokens ?? [];
  }

  /** The best first. */
  get results(): readonly Finished[] {
    return this.finished;
  }

  /** @param logProbabilities of the tokens that may follow each beam, [vocab_size] each; at first only one is looked at */
  advance(logProbabilities: readonly Float64Array[]): void {
    const { beams, steps, eos, lengthPenalty } = this.options;
    const candidates = this.mostProbable(2 * beams, logProbabilities);
    const length = candidates[0]!.tokens.length;
    const ends = ({ tokens }: Candidate) => tokens.at(-1) === eos || length === steps;
    const ended = candidates.slice(0, beams).filter(ends);
    const scored = ended.map((candidate) => ({
      ...candidate,
      score: candidate.logProbability / length ** lengthPenalty,
    }));
    this.finished = [...this.finished, ...scored].sort((a, b) => b.score - a.score).slice(0, beams);
    this.running = candidates.filter((candidate) => !ends(candidate)).slice(0, beams);
    const best = this.running[0];
    this.improvable =
      this.finished.length < beams ||
      (best !== undefined &&
        best.logProbability / length ** lengthPenalty > this.finished.at(-1)!.score);
  }

  /** The most probable continuations of all beams together, the best first. */
  private mostProbable(count: number, logProbabilities: readonly Float64Array[]): Candidate[] {
    const found: { from: number; token: number; sum: number }[] = [];
    let least = -Infinity;
    this.running.forEach(({ logProbability }, from) => {
      const row = logProbabilities[from]!;
      for (let token = 0; token < row.length; token++) {
        const sum = logProbability + row[token]!;
        if (sum <= least) continue;
        const place = found.findIndex((other) => sum > other.sum);
        found.splice(place < 0 ? found.length : place, 0, { from, token, sum });
        if (found.length > count) found.pop();
        if (found.length === count) least = found[count - 1]!.sum;
      }
    });
    return found.map(({ from, token, sum }) => ({
      from,
      tokens: [...this.running[from]!.tokens, token],
      logProbability: sum,
    }));
  }

  private perBeam(of: (beam: Candidate) => number): number[] {
    const { running } = this;
    return Array.from({ length: this.options.beams }, (_, i) => of(running[i] ?? running[0]!));
  }
}
