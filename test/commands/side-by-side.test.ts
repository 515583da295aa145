import { describe, expect, it } from "vitest";
import {
  contenders,
  quickest,
  type Sharing,
  type SharingOptions,
  sharings,
  timeOf,
} from "../../server/commands/side-by-side";
import { greatestWidth } from "../../server/recipe/graph";
import type { ResolvedStage } from "../../server/recipe/resolve";
import { fuseStage, stageGraphs } from "../recipe/support/stages";
import { fc } from "../support/properties";

/** Stages by name, with what each needs. */
function graph(needs: Readonly<Record<string, readonly string[]>>): readonly ResolvedStage[] {
  return Object.entries(needs).map(([name, parents]) => fuseStage(name, parents));
}

const startSecondsOf = () => 0;

const unbounded = { bytesOf: () => 1, freeBytes: Infinity };

function ways(options: Pick<SharingOptions, "stages" | "cores"> & Partial<SharingOptions>) {
  return sharings({ ...unbounded, ...options });
}

function chosen(
  stages: readonly ResolvedStage[],
  cores: number,
  work: Readonly<Record<string, number>> = {},
): Sharing {
  const secondsOf = ({ name }: ResolvedStage) => work[name] ?? 1;
  return quickest(ways({ stages, cores }), { stages, secondsOf, startSecondsOf });
}

const pair = graph({ a: [], b: [] });
const parentsAndChild = graph({ a: [], b: [], wide: ["a", "b"] });

describe("how a run shares the cores", () => {
  it("two equal stages on two cores go side by side, on one thread each", () => {
    expect(chosen(pair, 2)).toEqual({ parallel: 2, threads: 1 });
  });

  it("a single line of stages has all cores at every stage", () => {
    expect(chosen(graph({ a: [], b: ["a"] }), 8)).toEqual({ parallel: 1, threads: 8 });
  });

  it("where the child takes nearly all of the time, its parents wait for each other", () => {
    expect(chosen(parentsAndChild, 2, { wide: 10 })).toEqual({ parallel: 1, threads: 2 });
    expect(chosen(parentsAndChild, 2, { wide: 0.1 })).toEqual({ parallel: 2, threads: 1 });
  });

  it("three stages on sixteen cores have five each", () => {
    expect(chosen(graph({ a: [], b: [], c: [] }), 16)).toEqual({ parallel: 3, threads: 5 });
  });

  it("stages that take less time than their start go side by side, even if a longer one follows", () => {
    const work = { stages: parentsAndChild, secondsOf: () => 0.01, startSecondsOf: () => 1 };
    const all = ways({ stages: parentsAndChild, cores: 8 });
    expect(quickest(all, work)).toEqual({ parallel: 2, threads: 4 });
  });

  it("one core has one stage at a time", () => {
    expect(chosen(pair, 1)).toEqual({ parallel: 1, threads: 1 });
  });

  it("as many go side by side as the memory has room for", () => {
    const stages = graph({ a: [], b: [], c: [] });
    const memory = { bytesOf: () => 10, freeBytes: 25 };
    expect(ways({ stages, cores: 4, ...memory })).toEqual([
      { parallel: 2, threads: 2 },
      { parallel: 1, threads: 4 },
    ]);
    const tooLarge = { bytesOf: () => 10, freeBytes: 5 };
    expect(ways({ stages, cores: 4, ...tooLarge })).toEqual([{ parallel: 1, threads: 4 }]);
  });

  it("what is said counts", () => {
    const stages = pair;
    expect(ways({ stages, cores: 8, threads: 8 })).toEqual([{ parallel: 1, threads: 8 }]);
    expect(ways({ stages, cores: 8, threads: 3 })).toEqual([{ parallel: 2, threads: 3 }]);
    expect(ways({ stages, cores: 8, threads: 16 })).toEqual([{ parallel: 1, threads: 16 }]);
    expect(ways({ stages, cores: 8, parallel: 2 })).toEqual([{ parallel: 2, threads: 4 }]);
    expect(ways({ stages, cores: 8, parallel: 5 })).toEqual([{ parallel: 5, threads: 4 }]);
    expect(ways({ stages, cores: 8, parallel: 2, threads: 7 })).toEqual([
      { parallel: 2, threads: 7 },
    ]);
  });

  it("never takes more threads than there are cores, nor more processes than stages", () => {
    fc.assert(
      fc.property(stageGraphs, fc.integer({ min: 1, max: 64 }), (stages, cores) => {
        const all = ways({ stages, cores });
        expect(all.length).toBeGreaterThan(0);
        for (const { parallel, threads } of all) {
          expect(parallel * threads).toBeLessThanOrEqual(cores);
          expect(parallel).toBeLessThanOrEqual(greatestWidth(stages));
        }
      }),
    );
  });
});

describe("contenders()", () => {
  it("leaves nothing to try where one way is the quickest however well threads are used", () => {
    const work = { stages: pair, secondsOf: () => 1, startSecondsOf };
    expect(contenders(ways({ stages: pair, cores: 2 }), work)).toEqual([
      { parallel: 2, threads: 1 },
    ]);
  });

  it("leaves both where it depends on that", () => {
    const secondsOf = ({ name }: ResolvedStage) => (name === "wide" ? 0.8 : 1);
    const work = { stages: parentsAndChild, secondsOf, startSecondsOf };
    expect(contenders(ways({ stages: parentsAndChild, cores: 2 }), work)).toHaveLength(2);
  });

  it("always has the quickest, whatever threads are worth", () => {
    const exponent = fc.double({ min: 0.61, max: 0.96, noNaN: true });
    fc.assert(
      fc.property(stageGraphs, fc.integer({ min: 1, max: 4 }), exponent, (stages, cores, power) => {
        const secondsOf = ({ name }: ResolvedStage) => 1 + Number(name.slice(1));
        const work = { stages, secondsOf, startSecondsOf: () => 0.1 };
        const all = ways({ stages, cores });
        const speed = (threads: number) => threads ** power;
        const best = Math.min(...all.map((way) => timeOf(way, work, speed)));
        const left = contenders(all, work).map((way) => timeOf(way, work, speed));
        expect(Math.min(...left)).toBeCloseTo(best, 9);
      }),
    );
  });
});
