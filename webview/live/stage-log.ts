/** What the page holds of one stage: its records and the list of its heat maps, with the cursors to go on from. */
import type { HeatMapsFrame, OverviewFrame, RecordsFrame } from "../../server/protocol/hub";
import { kernelColumns, KernelNames, type KernelTable } from "../../server/protocol/kernel-columns";
import type {
  EventRecord,
  HeldoutRecord,
  OtherRecord,
  StepRecord,
} from "../../server/protocol/metrics";
import { stepColumns, type StepColumns } from "../../server/protocol/step-columns";
import { GrowingColumns } from "./columns";
import { HeatMapList } from "./heat-map-list";

/** Where a frame began: what was held then, and the cursor before it. */
interface Seam {
  readonly first: number;
  readonly steps: number;
  readonly kernels: number;
  readonly others: number;
  readonly cursor: string | undefined;
}

export class StageLog {
  readonly #steps = new GrowingColumns(stepColumns);
  readonly #kernels = new GrowingColumns(kernelColumns);
  readonly #kernelNames = new KernelNames();
  readonly #others: OtherRecord[] = [];
  /** Shown until all records are here. */
  #overview: OverviewFrame | undefined;
  readonly heatMaps = new HeatMapList();
  #seams: Seam[] = [];
  #count = 0;
  #share = 0;
  #caughtUp = false;
  #hasAllPlaces = false;
  #cursor: string | undefined;
  #heatMapCursor: string | undefined;

  /** All that there are, or, while they arrive, a long log at a glance. */
  get steps(): StepColumns {
    return this.#overview?.steps ?? this.#steps.values;
  }

  /** The newest step; undefined before the first. */
  get latest(): StepRecord | undefined {
    const { steps } = this;
    const last = steps.step.length - 1;
    if (last < 0) return undefined;
    return {
      step: steps.step[last]!,
      loss: steps.loss[last]!,
      accuracy: steps.accuracy[last]!,
      learning_rate: steps.learning_rate[last]!,
      gradient_norm: steps.gradient_norm[last]!,
      tokens: steps.tokens[last]!,
      flops: steps.flops[last]!,
      seconds: steps.seconds[last]!,
      memory_bytes: steps.memory_bytes[last]!,
    };
  }

  get heldout(): HeldoutRecord[] {
    const records = this.#overview?.others ?? this.#others;
    return records.filter((record) => "heldout_loss" in record);
  }

  get kernels(): KernelTable {
    return { names: this.#kernelNames.all, columns: this.#kernels.values };
  }

  get events(): EventRecord[] {
    return this.#others.filter((record) => "event" in record);
  }

  /** There is something to show: all records, or an overview. */
  get isShown(): boolean {
    return this.#caughtUp || this.#overview !== undefined;
  }

  /** All that was on the disk has arrived. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  /** Of the log, how much has arrived: 0 to 1. */
  get share(): number {
    return this.#caughtUp ? 1 : this.#share;
  }

  /** Of all heat maps that were on the disk it is known where they are. */
  get hasAllPlaces(): boolean {
    return this.#hasAllPlaces;
  }

  get cursor(): string | undefined {
    return this.#cursor;
  }

  get heatMapCursor(): string | undefined {
    return this.#heatMapCursor;
  }

  addOverview(frame: OverviewFrame): void {
    if (!this.#caughtUp) this.#overview = frame;
  }

  /**
   * Keeps the frame's records, in place of those from its first one on. "gap": they do not join what is held; follow
   * again from `cursor`, which has moved back to the last place that is certain.
   */
  addRecords(frame: RecordsFrame): "kept" | "gap" {
    if (frame.first !== this.#count && !this.#goBackTo(frame.first)) return "gap";
    this.#seams.push({
      first: this.#count,
      steps: this.#steps.length,
      kernels: this.#kernels.length,
      others: this.#others.length,
      cursor: this.#cursor,
    });
    this.#steps.append(frame.steps);
    const { names, columns } = frame.kernels;
    this.#kernelNames.renumber(columns.kernel, names);
    this.#kernels.append(columns);
    for (const record of frame.others) this.#others.push(record);
    this.#count += frame.count;
    this.#cursor = frame.cursor;
    this.#caughtUp = frame.caughtUp;
    this.#share = frame.share;
    if (frame.caughtUp) this.#overview = undefined;
    return "kept";
  }

  addHeatMaps(frame: HeatMapsFrame): "kept" | "gap" {
    if (frame.first > this.heatMaps.length) {
      this.heatMaps.replaceFrom(0, []);
      this.#hasAllPlaces = false;
      this.#heatMapCursor = undefined;
      return "gap";
    }
    this.heatMaps.replaceFrom(frame.first, frame.places);
    this.#heatMapCursor = frame.cursor;
    this.#hasAllPlaces = frame.caughtUp;
    return "kept";
  }

  /** Whether it is at record `first` now; else at a seam before it. */
  #goBackTo(first: number): boolean {
    while (this.#seams.length > 0 && (this.#seams.at(-1)!.first > first || this.#count > first)) {
      const seam = this.#seams.pop()!;
      this.#count = seam.first;
      this.#steps.cutTo(seam.steps);
      this.#kernels.cutTo(seam.kernels);
      this.#others.length = seam.others;
      this.#cursor = seam.cursor;
    }
    if (this.#count !== first) this.#caughtUp = false;
    return this.#count === first;
  }
}
