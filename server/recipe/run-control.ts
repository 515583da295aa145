/**
 * What a runner is asked to do while it runs. To pause is to let every stage save and leave, and to wait: the memory
 * is free, the folder stays locked, and going on is the same way back as after a stop, whose result is known to be
 * the same to the bit. So a pause may last for weeks, and one that is cut short by a power failure has lost nothing.
 */
import type { ControlRequest } from "../protocol/runs";
import type { RunRecord } from "../protocol/run";
import { takeControl } from "./control-file";

export interface RunControlOptions {
  /** Absolute: the run's folder. */
  readonly folder: string;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** The second Ctrl-C. */
  readonly killSignal: AbortSignal;
  /** Must not reject. */
  readonly onChange: (state: RunRecord["control"]) => Promise<void>;
}

const lookEveryMs = 200;

export class RunControl {
  private readonly stopping = new AbortController();
  private readonly killing = new AbortController();
  private pausing = new AbortController();
  private wake: (() => void) | undefined;
  private looking = false;
  private readonly timer: NodeJS.Timeout;
  /** The run is over for good: no stage begins any more. */
  readonly stop: AbortSignal;
  /** Nobody waits for stages to save. */
  readonly kill: AbortSignal;

  constructor(private readonly options: RunControlOptions) {
    this.stop = AbortSignal.any([options.signal, this.stopping.signal]);
    this.kill = AbortSignal.any([options.killSignal, this.killing.signal]);
    // Not unref'ed: while a run is paused, this is all that keeps its process.
    this.timer = setInterval(() => void this.look(), lookEveryMs);
  }

  /** Stages save and leave when it aborts: to pause or for good. A new one after each pause. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.stop, this.pausing.signal]);
  }

  /** Once all stages have left: until the run is to go on, or to stop. */
  async paused(): Promise<void> {
    if (this.pausing.signal.aborted) {
      await this.options.onChange("paused");
      await this.woken();
    }
    if (!this.stop.aborted) await this.options.onChange(undefined);
  }

  private async woken(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.stop.addEventListener("abort", this.wake, { once: true });
      // Either may have come just before.
      if (this.stop.aborted || !this.pausing.signal.aborted) resolve();
    });
    this.wake = undefined;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const control = await takeControl(this.options.folder);
      const isMine = control?.pid === undefined || control.pid === process.pid;
      if (control !== undefined && isMine) await this.obey(control.request);
    } catch {
      // A folder that cannot be read now is looked at again.
    } finally {
      this.looking = false;
    }
  }

  private async obey(request: ControlRequest): Promise<void> {
    switch (request) {
      case "pause":
        if (this.stop.aborted || this.pausing.signal.aborted) return;
        await this.options.onChange("pausing");
        this.pausing.abort();
        return;
      case "resume":
        if (!this.pausing.signal.aborted) return;
        this.pausing = new AbortController();
        this.wake?.();
        return;
      case "stop":
        if (this.stop.aborted) this.killing.abort();
        await this.options.onChange("stopping");
        this.stopping.abort();
    }
  }
}
