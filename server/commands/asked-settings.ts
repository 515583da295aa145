/** What the user has said of how a run is computed; the rest is chosen. */
import type { Place } from "../protocol/place";
import type { StageJob } from "../protocol/trainer";

export interface AskedSettings {
  readonly engine?: StageJob["engine"] | undefined;
  /** Several: each trains a stage at a time. */
  readonly device?: readonly Place[] | undefined;
  readonly threads?: number | undefined;
  readonly parallel?: number | undefined;
}
