/** How fast a stage goes, from the steps that were just measured. */

const kept = 30;

interface Sample {
  readonly step: number;
  /** Of the stage so far. */
  readonly tokens: number;
  /** Of this step. */
  readonly seconds: number;
}

export class Pace {
  private readonly samples: Sample[] = [];
  private seen = 0;
  private seconds = 0;

  /** The first step compiles and touches memory for the first time; it says nothing of those that follow. */
  step(sample: Sample): void {
    this.seen++;
    if (this.seen === 1) return;
    this.seconds += sample.seconds;
    this.samples.push(sample);
    if (this.samples.length > kept) this.samples.shift();
  }

  /** All that were measured, those too that are forgotten. */
  get measuredSeconds(): number {
    return this.seconds;
  }

  get measuredSteps(): number {
    return this.samples.length;
  }

  secondsPerStep(): number | undefined {
    if (this.samples.length < 2) return undefined;
    return this.samples.reduce((sum, { seconds }) => sum + seconds, 0) / this.samples.length;
  }

  secondsFor(steps: number): number | undefined {
    const each = this.secondsPerStep();
    return each === undefined ? undefined : each * steps;
  }

  tokensPerSecond(): number | undefined {
    const [first, last, each] = [this.samples[0], this.samples.at(-1), this.secondsPerStep()];
    if (
      first === undefined ||
      last === undefined ||
      each === undefined ||
      last.step === first.step
    ) {
      return undefined;
    }
    return (last.tokens - first.tokens) / (last.step - first.step) / each;
  }
}
