/** What one chart shows: lines, marks and notes over two axes. Plain, so that it can be worked out without a browser. */
import type { PageColors } from "../theme";
import type { StageStyle } from "./palette";

/** "heldout": bold with marks; "training": thin; "raw": pale, behind. */
export type LineRole = "heldout" | "training" | "raw";

export interface Line {
  readonly id: string;
  readonly label: string;
  readonly role: LineRole;
  readonly style: StageStyle;
  /** Ascending. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** A vertical line where something happened. */
export interface EventMark {
  readonly x: number;
  readonly label: string;
  readonly style: StageStyle;
  readonly kind: "fusion" | "checkpoint" | "resume" | "end";
}

/** A level to compare with, or a point to speak of; drawn by extras that can. */
export type ChartNote =
  | {
      readonly kind: "level";
      readonly y: number;
      readonly label: string;
      readonly style: StageStyle;
    }
  | {
      readonly kind: "point";
      readonly x: number;
      readonly y: number;
      readonly label: string;
      readonly style: StageStyle;
    };

export interface ChartFrame {
  readonly notes?: readonly ChartNote[];
  readonly lines: readonly Line[];
  /** What to say where there are no lines; absent: that nothing is recorded. */
  readonly emptiness?: string;
  readonly marks: readonly EventMark[];
  readonly x: ChartScale;
  readonly y: ChartScale;
  readonly colors: PageColors;
  /** Where the crosshair stands, if it is shown. */
  readonly crosshair?: number | undefined;
}

export interface ChartScale {
  readonly title: string;
  readonly kind: "linear" | "logarithmic";
  /** Along the axis. */
  readonly format: (value: number) => string;
  /** To the last digit, with its unit: where the crosshair stands. */
  readonly reading: (value: number) => string;
  /** Of what is visible; all where absent. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}
