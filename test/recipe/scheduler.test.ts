import { setImmediate } from "node:timers/promises";
import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import { inputsOf } from "../../server/recipe/resolve";
import { schedule, type StageOutcome } from "../../server/recipe/scheduler";
import { fuseStage, stageGraphs } from "./support/stages";

const outcomes = fc.array(
  fc.constantFrom<StageOutcome>("done", "done", "done", "failed", "stopped"),
  { minLength: 10, maxLength: 10 },
);
const never = new AbortController().signal;

describe("schedule()", () => {
  it("runs each stage once, after its inputs, never more than asked side by side", async () => {
    await fc.assert(
      fc.asyncProperty(
        stageGraphs,
        fc.integer({ min: 1, max: 4 }),
        outcomes,
        async (stages, parallel, answers) => {
          const begun: string[] = [];
          const done = new Set<string>();
          let running = 0;
          const result = await schedule({
            stages,
            done: new Set(),
            parallel,
            slots: Array.from({ length: 4 }),
            signal: never,
            execute: async (next) => {
              expect(++running).toBeLessThanOrEqual(parallel);
              expect(inputsOf(next).every((input) => done.has(input))).toBe(true);
              begun.push(next.name);
              await setImmediate();
              running--;
              const outcome = answers[begun.indexOf(next.name)]!;
              if (outcome === "done") done.add(next.name);
              return outcome;
            },
          });
          expect(new Set(begun).size).toBe(begun.length);
          expect([...begun, ...result.skipped].sort()).toEqual(
            stages.map(({ name }) => name).sort(),
          );
          for (const name of result.skipped) {
            const skipped = stages.find((candidate) => candidate.name === name)!;
            expect(inputsOf(skipped).some((input) => !done.has(input))).toBe(true);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("gives a stage the first free slot that it may take, and none that another stage has", async () => {
    const begun: string[] = [];
    const result = await schedule({
      stages: ["a", "b", "c", "d"].map((name) => fuseStage(name, [])),
      done: new Set(),
      parallel: 2,
      slots: ["cuda", "cpu"],
      // It began there.
      mayTake: ({ name }, slot) => name !== "c" || slot === "cuda",
      signal: never,
      execute: async ({ name }, slot) => {
        begun.push(`${name} on ${slot}`);
        for (let ticks = slot === "cpu" ? 20 : 1; ticks > 0; ticks--) await setImmediate();
        return "done";
      },
    });
    expect(begun).toEqual(["c on cuda", "a on cpu", "b on cuda", "d on cuda"]);
    expect(result.outcomes.size).toBe(4);
  });

  it("begins nothing more once it is told to stop", async () => {
    const stop = new AbortController();
    const begun: string[] = [];
    const { skipped } = await schedule({
      stages: [fuseStage("a", []), fuseStage("b", [])],
      done: new Set(),
      parallel: 1,
      slots: ["cpu"],
      signal: stop.signal,
      execute: ({ name }) => {
        begun.push(name);
        stop.abort();
        return Promise.resolve("stopped");
      },
    });
    expect({ begun, skipped }).toEqual({ begun: ["a"], skipped: ["b"] });
  });
});
