/**
 * How a run shares the machine's cores: few stages side by side on many threads each, or many on few.
 *
 * All stages of a run get equally many threads, so that their device-seconds can be compared.
 */
import type { Candidate } from "../engine/candidates";
import type { ResolvedStage } from "../recipe/resolve";
import { greatestWidth } from "../recipe/graph";
import { makespan } from "./estimate";

/** Stages side by side, and threads of each. */
export type Sharing = Pick<Candidate, "threads"> & { readonly parallel: number };

export interface SharingOptions {
  readonly stages: readonly ResolvedStage[];
  readonly cores: number;
  /** What the user has said. */
  readonly threads?: number | undefined;
  readonly parallel?: number | undefined;
  /** What a stage takes while it runs; 0 where it is next to nothing. */
  readonly bytesOf: (stage: ResolvedStage) => number;
  readonly freeBytes: number;
}

/** The ways that make sense, the most stages side by side first; at least one. */
export function sharings(options: SharingOptions): readonly Sharing[] {
  const { stages, cores, threads, parallel } = options;
  const width = Math.min(greatestWidth(stages), parallel ?? cores);
  const shareOf = (count: number) => Math.max(1, Math.floor(cores / count));
  if (parallel !== undefined) return [{ parallel, threads: threads ?? shareOf(width) }];
  const fitting = Math.max(1, Math.min(width, howManyFit(options)));
  if (threads !== undefined) {
    return [{ parallel: Math.min(fitting, shareOf(threads)), threads }];
  }
  const counts = Array.from({ length: fitting }, (_, index) => fitting - index);
  return counts.map((count) => ({ parallel: count, threads: shareOf(count) }));
}

/** Should the largest meet each other. */
function howManyFit({ stages, bytesOf, freeBytes }: SharingOptions): number {
  const sizes = stages.map(bytesOf).sort((a, b) => b - a);
  let left = freeBytes;
  return sizes.filter((size) => (left -= size) >= 0).length;
}

/** How many times as fast as one thread so many are: nearly all that they could be, and hardly anything. */
const speedups = {
  best: (threads: number) => threads ** 0.97,
  usual: (threads: number) => threads ** 0.85,
  worst: (threads: number) => Math.min(threads, 4) ** 0.6,
} as const;

export interface Work {
  readonly stages: readonly ResolvedStage[];
  /** What is left of a stage, on a single thread of a supposed speed of 1. */
  readonly secondsOf: (stage: ResolvedStage) => number;
  /** Until its first step, whatever its threads; 0 for one that is done. */
  readonly startSecondsOf: (stage: ResolvedStage) => number;
}

/** When all stages are done, with threads so fast. */
export function timeOf(
  { parallel, threads }: Sharing,
  { stages, secondsOf, startSecondsOf }: Work,
  speedOf: (threads: number) => number = speedups.usual,
): number {
  const speed = speedOf(threads);
  return makespan(stages, (stage) => startSecondsOf(stage) + secondsOf(stage) / speed, parallel);
}

/** The one that is done first; of equals the first. */
export function quickest(
  all: readonly Sharing[],
  work: Work,
  speedOf?: (threads: number) => number,
): Sharing {
  const times = all.map((sharing) => timeOf(sharing, work, speedOf));
  return all[times.indexOf(Math.min(...times))]!;
}

/** Those that could be the quickest, depending on how well this model uses threads. */
export function contenders(all: readonly Sharing[], work: Work): readonly Sharing[] {
  const surely = Math.min(...all.map((sharing) => timeOf(sharing, work, speedups.worst)));
  return all.filter((sharing) => timeOf(sharing, work, speedups.best) <= surely);
}
