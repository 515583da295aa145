/** Where the stages of a run are trained side by side. */
import { type Place, placeText } from "../protocol/place";

/** As many as stages may go side by side, and every device: each trains one at a time, the first free one the next. */
export function slotsOf({
  places,
  parallel,
}: {
  /** At least one; the fastest first. */
  readonly places: readonly Place[];
  readonly parallel: number;
}): readonly Place[] {
  // What is left over shares the cores, or else what there is.
  const shared = places.find(({ device }) => device === "cpu");
  return Array.from(
    { length: Math.max(parallel, places.length) },
    (_, index) => places[index] ?? shared ?? places[index % places.length]!,
  );
}

/** Whether a stage that began on this device may go on in the slot: it stays where it is, unless that is gone. */
export function mayTake(slots: readonly Place[], began: string | undefined, slot: Place): boolean {
  const isThere = slots.some((each) => placeText(each) === began);
  return !isThere || placeText(slot) === began;
}
