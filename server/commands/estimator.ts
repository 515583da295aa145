/** Says once, after the first measured steps, how long the whole run will take. */
import type { PreparedRun } from "../recipe/prepare-run";
import type { RunEvent } from "../recipe/run";
import { makespan, stageSize } from "./estimate";
import { duration } from "./format";
import { Pace } from "./pace";

const enoughSteps = 10;
/** The first seconds of a process are slower than the rest: code is compiled, caches are cold. */
const enoughSeconds = 5;

/** What the estimate needs of a PreparedRun. */
interface EstimatedRun {
  readonly options: Pick<PreparedRun["options"], "plan" | "stages" | "settings">;
  readonly record: PreparedRun["record"];
}

export class Estimator {
  private readonly paces = new Map<string, Pace>();
  private readonly ended = new Set<string>();
  private said = false;

  constructor(
    private readonly prepared: EstimatedRun,
    private readonly say: (line: string) => void,
  ) {}

  hear(event: RunEvent): void {
    if (event.kind === "end") this.ended.add(event.stage);
    if (this.said || event.kind !== "report" || event.report.kind !== "step") return;
    const pace = this.paces.get(event.stage) ?? new Pace();
    this.paces.set(event.stage, pace);
    pace.step(event.report.record);
    const running = [...this.paces].filter(([name]) => !this.ended.has(name));
    if (running.some(([, each]) => isTooShort(each))) return;
    this.said = true;
    this.say(`All stages will take about ${duration(this.seconds())}.`);
  }

  /** Stages that have not run yet are taken to go as fast, in FLOPs a second, as those that do. */
  private seconds(): number {
    const { plan, stages, settings } = this.prepared.options;
    const sizes = new Map(stages.map((stage) => [stage.name, stageSize(stage, plan)]));
    const measured = [...this.paces].flatMap(([name, pace]) => {
      const size = sizes.get(name);
      const seconds = pace.secondsPerStep();
      return size === undefined || seconds === undefined
        ? []
        : [{ flops: size.flops / size.steps, seconds }];
    });
    const flops = measured.reduce((sum, each) => sum + each.flops, 0);
    const speed = flops / measured.reduce((sum, each) => sum + each.seconds, 0);
    const { stages: records } = this.prepared.record;
    const left = stages.filter(({ name }) => records[name]?.state !== "done");
    return makespan(
      left,
      (stage) => {
        const size = sizes.get(stage.name);
        if (size === undefined) return 0;
        const share = 1 - (records[stage.name]?.step ?? 0) / size.steps;
        const own = this.paces.get(stage.name)?.secondsFor(size.steps);
        return share * (own ?? size.flops / speed);
      },
      settings.parallel,
    );
  }
}

function isTooShort({ measuredSteps, measuredSeconds }: Pace): boolean {
  return measuredSteps < enoughSteps || measuredSeconds < enoughSeconds;
}
