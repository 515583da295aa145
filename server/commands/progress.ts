/** What is seen of a run: on a terminal a line for each running stage, drawn over; elsewhere plain lines now and then. */
import type { RunEvent } from "../recipe/run";
import type { EventRecord } from "../protocol/metrics";
import type { StageReport } from "../protocol/trainer";
import { duration, lossText, percent, shortNumber } from "./format";
import type { Output, Terminal } from "./output";
import { Pace } from "./pace";

const drawEveryMs = 100;
const plainEveryMs = 10_000;
const barCells = 20;

const controlWords = {
  pausing: "Pausing: each stage saves after the step in progress.",
  paused: "Paused. Nothing is in memory; the run goes on, or stops, when its control.json says so.",
  stopping: "Stopping: each stage saves after the step in progress.",
};

export interface ProgressOptions {
  readonly output: Output;
  /** Steps of the train stages, by name. */
  readonly steps: ReadonlyMap<string, number>;
  /** Milliseconds. */
  readonly now: () => number;
}

interface Running {
  readonly name: string;
  readonly pace: Pace;
  readonly steps: number | undefined;
  step: number;
  loss: number | undefined;
  heldout: number | undefined;
  task: string;
  saidAt: number;
}

export class ProgressView {
  private readonly running = new Map<string, Running>();
  private drawnLines = 0;
  private drawnAt = -Infinity;

  constructor(private readonly options: ProgressOptions) {}

  hear(event: RunEvent): void {
    if (event.kind === "begin") this.begin(event);
    else if (event.kind === "report") this.report(event.stage, event.report);
    else if (event.kind === "end") this.end(event);
    else if (event.state !== undefined) this.say(controlWords[event.state]);
    else this.say("Going on.");
    this.draw(event.kind === "report" ? "soon" : "now");
  }

  /** A line above what is drawn. */
  say(line: string): void {
    this.erase();
    this.options.output.message(line);
    this.draw("now");
  }

  close(): void {
    this.erase();
    this.running.clear();
  }

  private begin({ stage: name, device }: Extract<RunEvent, { kind: "begin" }>): void {
    const { now, output, steps } = this.options;
    this.running.set(name, {
      name,
      pace: new Pace(),
      steps: steps.get(name),
      step: 0,
      loss: undefined,
      heldout: undefined,
      task: "starting",
      saidAt: now(),
    });
    const where = device === undefined ? "" : ` on ${device}`;
    if (output.terminal === undefined) output.message(`${name}: begins${where}`);
  }

  private report(name: string, report: StageReport): void {
    const stage = this.running.get(name);
    if (stage === undefined) return;
    if (report.kind === "step") {
      const { step, loss, tokens, seconds } = report.record;
      stage.pace.step({ step, tokens, seconds });
      stage.step = step;
      if (stage.loss === undefined) stage.saidAt = -Infinity; // that it is under way is said at once
      stage.loss = stage.loss === undefined ? loss : 0.9 * stage.loss + 0.1 * loss;
    } else if (report.kind === "heldout") {
      stage.heldout = report.record.heldout_loss;
    } else if (report.kind === "progress") {
      const { label, done, of } = report;
      stage.task = done > 0 && done < of ? `${label} ${percent(done / of)}` : label;
    } else if (report.kind === "event") {
      this.event(stage, report.record);
    }
    this.sayPlainly(stage);
  }

  private event(stage: Running, { event, step, detail }: EventRecord): void {
    const where = step > 0 ? ` at step ${step}` : "";
    if (event === "pause") this.say(`${stage.name}: pauses${where}: ${detail ?? ""}`);
    if (event === "notice") this.say(`${stage.name}: ${detail ?? ""}`);
    if (event !== "resume") return;
    stage.step = step;
    this.say(`${stage.name}: goes on from step ${step}`);
  }

  private end({ stage, record }: Extract<RunEvent, { kind: "end" }>): void {
    this.running.delete(stage);
    this.erase();
    const measured =
      record.heldout_loss === undefined ? "" : `, held-out loss ${lossText(record.heldout_loss)}`;
    const seconds = record.own_cost?.device_seconds ?? 0;
    const took = seconds > 0 ? `, ${duration(seconds)}` : "";
    const words = {
      done: `done${measured}${took}`,
      stopped: record.step === undefined ? "stopped" : `stopped, saved at step ${record.step}`,
      failed: `failed: ${record.error ?? "no reason given"}`,
      waiting: "waits",
      running: "runs",
    };
    this.options.output.message(`${stage}: ${words[record.state]}`);
  }

  private sayPlainly(stage: Running): void {
    const { output, now } = this.options;
    if (output.terminal !== undefined || now() - stage.saidAt < plainEveryMs) return;
    stage.saidAt = now();
    output.message(`${stage.name}: ${describe(stage).join(", ")}`);
  }

  private draw(when: "now" | "soon"): void {
    const { output, now } = this.options;
    if (output.terminal === undefined) return;
    if (when === "soon" && now() - this.drawnAt < drawEveryMs) return;
    this.drawnAt = now();
    this.erase();
    const names = [...this.running.keys()];
    const width = Math.max(0, ...names.map((name) => name.length));
    for (const stage of this.running.values()) {
      output.terminal.write(`${line(stage, width, output.terminal)}\n`);
    }
    this.drawnLines = this.running.size;
  }

  private erase(): void {
    if (this.drawnLines === 0) return;
    this.options.output.terminal?.write(`\u001b[${this.drawnLines}A\r\u001b[J`);
    this.drawnLines = 0;
  }
}

/** Most important first: what does not fit is left out from the end. */
function describe(stage: Running): string[] {
  const { step, steps, loss, heldout, pace, task } = stage;
  if (step === 0 || steps === undefined) return [task];
  const parts = [`step ${step} of ${steps}`];
  if (loss !== undefined) parts.push(`loss ${lossText(loss)}`);
  const left = pace.secondsFor(steps - step);
  if (left !== undefined && step < steps) parts.push(`${duration(left)} left`);
  const speed = pace.tokensPerSecond();
  if (speed !== undefined) parts.push(`${shortNumber(speed)} tokens/s`);
  if (heldout !== undefined) parts.push(`held-out ${lossText(heldout)}`);
  return parts;
}

function line(stage: Running, nameWidth: number, { columns, color }: Terminal): string {
  const name = stage.name.padEnd(nameWidth);
  const share = stage.steps === undefined ? 0 : Math.min(1, stage.step / stage.steps);
  const filled = Math.round(share * barCells);
  // One column stays free: a full line would wrap.
  let room = columns - 1 - nameWidth - 1 - barCells;
  if (room < 0) return stage.name.slice(0, Math.max(0, columns - 1));
  const words: string[] = [];
  for (const part of describe(stage)) {
    if (part.length + 2 > room) break;
    words.push(part);
    room -= part.length + 2;
  }
  const [on, off] = ["━".repeat(filled), "─".repeat(barCells - filled)];
  const bar = color ? `\u001b[32m${on}\u001b[90m${off}\u001b[0m` : `${on}${off}`;
  return [`${name} ${bar}`, ...words].join("  ");
}
